/*
 * storm.c - makes loopback connections and closes them, at a pace or as fast as this machine can.
 *
 * Build:   cc -O2 -pthread -o storm storm.c
 * Usage:   storm [-p PAIRS] [-d DESTINATIONS] RATE SECONDS
 *   RATE     connections a second, all pairs together; 0 is flat out
 *   SECONDS  up to 3600
 *   -p       pairs of a client and a server thread, 1 to 64; 1 where it is left out, which keeps two cores busy
 *   -d       addresses connected to in turn, from 127.0.0.2 on, 1 to 4096; 32 where it is left out. The more there are, the more
 *            connections fit into TIME_WAIT before their ports are used up and finding a free one slows the storm down
 * Prints:  {"connections":N,"served":N,"failed":N,"seconds":S}, one line: made by connect(), closed by the server, connect() that
 *          failed, and the time in which they were made. Without failures, connections and served are equal.
 * Exit:    0 done · 1 cannot listen, or the server did not come to an end with all of them within 10 s · 2 usage
 *
 * Each connection makes ten state changes: the client connects and closes at once, the server accepts, reads the end and closes.
 * A client waits while its server has 1024 left to accept: a full queue would drop SYNs, which come again a second later.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MOST_PAIRS = 64, MOST_DESTINATIONS = 4096, MOST_SECONDS = 3600, MOST_WAITING = 1024, PATIENCE_MS = 10000 };

struct pair {
	int listener;
	struct sockaddr_in here;
	pthread_t client, server;
	unsigned long made, failed;
	atomic_ulong served;
};

static struct pair pairs[MOST_PAIRS];
static unsigned destinations = 32;
static double rate, began, end; /* rate: of one pair */

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

static void rest(long microseconds)
{
	struct timespec pause = { microseconds / 1000000, microseconds % 1000000 * 1000 };
	nanosleep(&pause, NULL);
}

static void *serve(void *given)
{
	struct pair *pair = given;
	char byte;
	for (;;) {
		int fd = accept4(pair->listener, NULL, NULL, SOCK_CLOEXEC);
		if (fd < 0)
			return NULL; /* the listener was shut down */
		while (read(fd, &byte, 1) > 0)
			;
		close(fd);
		pair->served++;
	}
}

static void listen_here(struct pair *pair)
{
	socklen_t length = sizeof pair->here;
	pair->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	pair->here.sin_family = AF_INET;
	pair->here.sin_addr.s_addr = htonl(INADDR_ANY);
	if (bind(pair->listener, (struct sockaddr *)&pair->here, length) || listen(pair->listener, 4096) ||
	    getsockname(pair->listener, (struct sockaddr *)&pair->here, &length)) {
		perror("storm: cannot listen");
		exit(1);
	}
}

/* One connection; 0 where connect() failed. */
static int once(const struct pair *pair, unsigned long number)
{
	struct sockaddr_in there = pair->here;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	there.sin_addr.s_addr = htonl(0x7f000002u + number % destinations);
	int made = fd >= 0 && connect(fd, (struct sockaddr *)&there, sizeof there) == 0;
	if (fd >= 0)
		close(fd);
	return made;
}

static void *storm(void *given)
{
	struct pair *pair = given;
	for (;;) {
		double at = now();
		if (at >= end)
			return NULL;
		if (rate > 0 && pair->made + pair->failed >= (at - began) * rate)
			rest(200);
		else if (pair->made - pair->served >= MOST_WAITING)
			sched_yield();
		else if (once(pair, pair->made + pair->failed))
			pair->made++;
		else
			pair->failed++;
	}
}

static int usage(void)
{
	fprintf(stderr, "usage: storm [-p PAIRS] [-d DESTINATIONS] RATE SECONDS\n");
	return 2;
}

int main(int argc, char **argv)
{
	int count = 1, option;
	unsigned long made = 0, served = 0, failed = 0;
	while ((option = getopt(argc, argv, "p:d:")) != -1) {
		if (option == 'p')
			count = atoi(optarg);
		else if (option == 'd')
			destinations = (unsigned)atoi(optarg);
		else
			return usage();
	}
	if (argc - optind != 2 || count < 1 || count > MOST_PAIRS || destinations < 1 || destinations > MOST_DESTINATIONS)
		return usage();
	double seconds = atof(argv[optind + 1]);
	rate = atof(argv[optind]) / count;
	if (rate < 0 || seconds <= 0 || seconds > MOST_SECONDS)
		return usage();
	for (int i = 0; i < count; i++) {
		listen_here(&pairs[i]);
		pthread_create(&pairs[i].server, NULL, serve, &pairs[i]);
	}
	began = now();
	end = began + seconds;
	for (int i = 0; i < count; i++)
		pthread_create(&pairs[i].client, NULL, storm, &pairs[i]);
	for (int i = 0; i < count; i++)
		pthread_join(pairs[i].client, NULL);
	double took = now() - began;
	for (int i = 0; i < count; i++) {
		struct pair *pair = &pairs[i];
		for (int ms = 0; pair->served < pair->made && ms < PATIENCE_MS; ms++)
			rest(1000);
		made += pair->made, served += pair->served, failed += pair->failed;
		shutdown(pair->listener, SHUT_RD);
	}
	rest(10000); /* the last FIN may still be on its way through softirq */
	printf("{\"connections\":%lu,\"served\":%lu,\"failed\":%lu,\"seconds\":%.3f}\n", made, served, failed, took);
	return served < made;
}
