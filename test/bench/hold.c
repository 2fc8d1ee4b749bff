/*
 * hold.c - makes loopback connections and keeps them, so that an observer knows many sockets of which nothing is heard.
 *
 * Build:   cc -O2 -o hold hold.c
 * Usage:   hold CONNECTIONS RATE     RATE a second at most; both ends are its own, so it holds twice as many sockets, and some listeners
 * Prints:  ready, one line, once all are ESTABLISHED. Then it waits until its standard input ends.
 * Exit:    0 done · 1 a connection could not be made · 2 usage
 *
 * A process may have only so many file descriptors, so as many processes as it takes hold a part each.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MOST = 200000, SPARE = 32 };

/* So many connections over a listener and a destination of its own; NULL, or what went wrong. */
static const char *hold(long count, long part, long pause_us)
{
	struct sockaddr_in here = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1 + part) };
	socklen_t length = sizeof here;
	int listener = socket(AF_INET, SOCK_STREAM, 0);

	if (listener < 0 || bind(listener, (struct sockaddr *)&here, sizeof here) != 0 || listen(listener, 1024) != 0 ||
	    getsockname(listener, (struct sockaddr *)&here, &length) != 0)
		return "listen";
	for (long made = 0; made < count; made++) {
		int client = socket(AF_INET, SOCK_STREAM, 0);
		if (client < 0 || connect(client, (struct sockaddr *)&here, sizeof here) != 0)
			return "connect";
		if (accept(listener, NULL, NULL) < 0)
			return "accept";
		usleep(pause_us);
	}
	return NULL;
}

int main(int argc, char **argv)
{
	long count = argc == 3 ? atol(argv[1]) : 0, rate = argc == 3 ? atol(argv[2]) : 0, parts = 0, each, processes;
	struct rlimit files;
	int told[2], over[2];
	char word;

	if (count < 1 || count > MOST || rate < 1) {
		fprintf(stderr, "usage: hold CONNECTIONS RATE, 1 to %d, 1 or more\n", MOST);
		return 2;
	}
	getrlimit(RLIMIT_NOFILE, &files);
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
	/* One destination can be reached from some ten thousand ports. */
	each = (long)(files.rlim_max - SPARE) / 2;
	each = each > 20000 ? 20000 : each < 1 ? 1 : each;
	processes = (count + each - 1) / each;
	if (pipe(told) != 0 || pipe(over) != 0)
		return 1;
	for (long left = count; left > 0; left -= each, parts++) {
		if (fork() != 0)
			continue;
		close(over[1]);
		const char *wrong = hold(left < each ? left : each, parts, 1000000 * processes / rate);
		if (wrong != NULL)
			perror(wrong);
		if (write(told[1], wrong == NULL ? "y" : "n", 1) != 1)
			return 1;
		/* Ends when the first process does, however that ends. */
		return read(over[0], &word, 1) == 0 ? 0 : 1;
	}
	for (long part = 0; part < parts; part++)
		if (read(told[0], &word, 1) != 1 || word != 'y')
			return 1;
	puts("ready");
	fflush(stdout);
	while (getchar() != EOF)
		;
	return 0;
}
