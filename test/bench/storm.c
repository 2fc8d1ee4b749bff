/*
 * storm.c - makes loopback connections and closes them, at a pace or as fast as this machine can.
 *
 * Build:   cc -O2 -pthread -o storm storm.c
 * Usage:   storm RATE SECONDS        RATE in connections a second; 0 is flat out
 * Prints:  connections made, seconds taken, and how many connect() calls failed, in one line of JSON
 *
 * Each connection makes ten state changes: the client connects and closes at once, the server accepts, reads the end and closes.
 * Destinations are spread over 127.0.0.2 to 127.0.0.33, so that TIME_WAIT does not use up the ports of one.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { DESTINATIONS = 32, SERVERS = 1 };

static int listener;
static struct sockaddr_in here;

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

static void *serve(void *unused)
{
	char byte;
	(void)unused;
	for (;;) {
		int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
		if (fd < 0)
			return NULL;
		while (read(fd, &byte, 1) > 0)
			;
		close(fd);
	}
}

static void listen_here(void)
{
	socklen_t length = sizeof here;
	int on = 1;
	listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	here.sin_family = AF_INET;
	here.sin_addr.s_addr = htonl(INADDR_ANY);
	if (bind(listener, (struct sockaddr *)&here, sizeof here) || listen(listener, 4096) ||
	    getsockname(listener, (struct sockaddr *)&here, &length)) {
		perror("storm: cannot listen");
		exit(1);
	}
}

/* One connection; 0 where connect() failed. */
static int once(unsigned long number)
{
	struct sockaddr_in there = here;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	there.sin_addr.s_addr = htonl(0x7f000002u + number % DESTINATIONS);
	int made = fd >= 0 && connect(fd, (struct sockaddr *)&there, sizeof there) == 0;
	if (fd >= 0)
		close(fd);
	return made;
}

int main(int argc, char **argv)
{
	if (argc != 3 || atof(argv[2]) <= 0 || atof(argv[1]) < 0) {
		fprintf(stderr, "usage: storm RATE SECONDS\n");
		return 2;
	}
	double rate = atof(argv[1]), seconds = atof(argv[2]);
	unsigned long made = 0, failed = 0;
	pthread_t server;
	listen_here();
	for (int i = 0; i < SERVERS; i++)
		pthread_create(&server, NULL, serve, NULL);
	double began = now(), end = began + seconds;
	for (;;) {
		double at = now();
		if (at >= end)
			break;
		if (rate > 0 && made + failed >= (at - began) * rate) {
			struct timespec pause = { 0, 200000 };
			nanosleep(&pause, NULL);
			continue;
		}
		if (once(made + failed))
			made++;
		else
			failed++;
	}
	printf("{\"connections\":%lu,\"seconds\":%.3f,\"failed\":%lu}\n", made, now() - began, failed);
	return 0;
}
