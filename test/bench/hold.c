/*
 * hold.c - makes loopback connections and keeps them, so that an observer knows many sockets of which nothing is heard.
 *
 * Build:   cc -O2 -o hold hold.c
 * Usage:   hold CONNECTIONS          both ends are its own: it holds twice as many sockets, and one listener
 * Prints:  ready, one line, once all are ESTABLISHED. Then it waits until its standard input ends.
 * Exit:    0 done · 1 a connection could not be made, or there are too few file descriptors (needs root to raise them) · 2 usage
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

/* Ports that one destination can be reached from are some ten thousand. */
enum { PER_DESTINATION = 20000, MOST = 200000 };

int main(int argc, char **argv)
{
	long count = argc == 2 ? atol(argv[1]) : 0;
	struct rlimit files = { 2 * MOST + 64, 2 * MOST + 64 };
	struct sockaddr_in here = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_ANY) };
	socklen_t length = sizeof here;
	int listener, on = 1;

	if (count < 1 || count > MOST) {
		fprintf(stderr, "usage: hold CONNECTIONS, 1 to %d\n", MOST);
		return 2;
	}
	if (setrlimit(RLIMIT_NOFILE, &files) != 0) {
		perror("setrlimit");
		return 1;
	}
	listener = socket(AF_INET, SOCK_STREAM, 0);
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	if (bind(listener, (struct sockaddr *)&here, sizeof here) != 0 || listen(listener, 1024) != 0 ||
	    getsockname(listener, (struct sockaddr *)&here, &length) != 0) {
		perror("listen");
		return 1;
	}
	for (long made = 0; made < count; made++) {
		int client = socket(AF_INET, SOCK_STREAM, 0);
		here.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1 + made / PER_DESTINATION);
		if (client < 0 || connect(client, (struct sockaddr *)&here, sizeof here) != 0 || accept(listener, NULL, NULL) < 0) {
			perror("connect");
			return 1;
		}
	}
	puts("ready");
	fflush(stdout);
	while (getchar() != EOF)
		;
	return 0;
}
