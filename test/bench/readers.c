/*
 * readers.c - many viewers at once: WebSocket clients that take the whole live stream and throw it away, counting its bytes.
 *
 * Build:   cc -O2 -pthread -o readers readers.c
 * Usage:   readers PORT CLIENTS [stuck]     127.0.0.1:PORT, /live; 1 to 1024 clients
 *   stuck    they subscribe and then read nothing more: the kernel's buffers fill, then the server's
 * Prints:  ready, once all have subscribed
 *          {"clients":N,"bytes":N,"least":N,"closed":N}, at the end: received by all, by the one that got least, and how many the
 *          server closed
 * Ends:    when its standard input does, or after an hour
 * Exit:    0 done · 1 a client could not subscribe · 2 usage
 *
 * Bytes are thrown away inside the kernel (MSG_TRUNC), so that this costs as little as a reader can: what a viewer does with
 * events is its own machine's affair.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MOST = 1024, CHUNK = 1 << 20, LONGEST_S = 3600 };

static const char SUBSCRIBE[] = "{\"type\":\"subscribe\"}";

static int fds[MOST];
static unsigned long long bytes[MOST];

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

/* RFC 6455: the handshake, then one masked text frame; a mask of zeroes leaves the text as it is. */
static int subscribe(int port)
{
	struct sockaddr_in there = { .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	char text[4096], frame[2 + 4 + sizeof SUBSCRIBE];
	size_t length = 0, size = sizeof SUBSCRIBE - 1;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || connect(fd, (struct sockaddr *)&there, sizeof there))
		fail("readers: cannot connect");
	int written = snprintf(text, sizeof text,
			       "GET /live HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
			       "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n\r\n",
			       port);
	if (write(fd, text, written) != written)
		fail("readers: cannot ask");
	do { /* a byte at a time: what follows the header is the stream's */
		if (length == sizeof text - 1 || read(fd, text + length, 1) != 1)
			fail("readers: no answer");
		text[++length] = 0;
	} while (length < 4 || memcmp(text + length - 4, "\r\n\r\n", 4));
	if (strncmp(text, "HTTP/1.1 101", 12)) {
		fprintf(stderr, "readers: refused: %s\n", text);
		exit(1);
	}
	frame[0] = (char)0x81;
	frame[1] = (char)(0x80 | size);
	memset(frame + 2, 0, 4);
	memcpy(frame + 6, SUBSCRIBE, size);
	if (write(fd, frame, 6 + size) != (ssize_t)(6 + size))
		fail("readers: cannot subscribe");
	return fd;
}

int main(int argc, char **argv)
{
	int port = argc > 1 ? atoi(argv[1]) : 0, clients = argc > 2 ? atoi(argv[2]) : 0, stuck = argc > 3 && !strcmp(argv[3], "stuck");
	if (argc > 4 || (argc == 4 && !stuck) || port < 1 || port > 65535 || clients < 1 || clients > MOST) {
		fprintf(stderr, "usage: readers PORT CLIENTS [stuck]\n");
		return 2;
	}
	int poll_fd = epoll_create1(EPOLL_CLOEXEC), closed = 0, open = 1;
	time_t until = time(NULL) + LONGEST_S;
	struct epoll_event events[MOST], on_input = { .events = EPOLLIN | EPOLLHUP, .data.u32 = MOST };
	if (poll_fd < 0 || epoll_ctl(poll_fd, EPOLL_CTL_ADD, STDIN_FILENO, &on_input))
		fail("readers: standard input must be a pipe");
	for (int i = 0; i < clients; i++) {
		struct epoll_event readable = { .events = EPOLLIN, .data.u32 = i };
		fds[i] = subscribe(port);
		if (!stuck && epoll_ctl(poll_fd, EPOLL_CTL_ADD, fds[i], &readable))
			fail("readers: epoll");
	}
	puts("ready");
	fflush(stdout);
	while (open && time(NULL) < until) {
		int count = epoll_wait(poll_fd, events, MOST, 1000);
		for (int i = 0; i < count; i++) {
			unsigned which = events[i].data.u32;
			if (which == MOST) {
				char byte;
				open = read(STDIN_FILENO, &byte, 1) > 0;
				continue;
			}
			ssize_t got = recv(fds[which], NULL, CHUNK, MSG_TRUNC | MSG_DONTWAIT);
			if (got > 0) {
				bytes[which] += got;
			} else if (got == 0) {
				closed++;
				epoll_ctl(poll_fd, EPOLL_CTL_DEL, fds[which], NULL);
			}
		}
	}
	unsigned long long all = 0, least = bytes[0];
	for (int i = 0; i < clients; i++) {
		all += bytes[i];
		if (bytes[i] < least)
			least = bytes[i];
	}
	printf("{\"clients\":%d,\"bytes\":%llu,\"least\":%llu,\"closed\":%d}\n", clients, all, least, closed);
	return 0;
}
