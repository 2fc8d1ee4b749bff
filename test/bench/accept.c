/*
 * accept.c - accepts connections on every address of this machine and closes them once the other end has.
 *
 * Build:   cc -O2 -o accept accept.c
 * Usage:   accept
 * Prints:  the port that it listens on, one line, once it does
 * Exit:    1 cannot listen; else it runs until it is killed
 *
 * What answers probes in a benchmark: in C, because it must cost less than what probes.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { WAITING = 4096, AT_ONCE = 256 };

static int follow(int poll, int fd, unsigned events)
{
	struct epoll_event event = { .events = events, .data.fd = fd };
	return epoll_ctl(poll, EPOLL_CTL_ADD, fd, &event);
}

int main(void)
{
	struct sockaddr_in here = { .sin_family = AF_INET };
	socklen_t length = sizeof here;
	struct epoll_event ready[AT_ONCE];
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	int poll = epoll_create1(0);

	if (listener < 0 || poll < 0 || bind(listener, (struct sockaddr *)&here, length) || listen(listener, WAITING) ||
	    getsockname(listener, (struct sockaddr *)&here, &length) || follow(poll, listener, EPOLLIN))
		return 1;
	printf("%d\n", ntohs(here.sin_port));
	fflush(stdout);
	for (;;) {
		int count = epoll_wait(poll, ready, AT_ONCE, -1);
		for (int i = 0; i < count; i++) {
			int fd = ready[i].data.fd, accepted;
			if (fd != listener) {
				close(fd);
				continue;
			}
			while ((accepted = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0)
				if (follow(poll, accepted, EPOLLIN | EPOLLRDHUP))
					close(accepted);
		}
	}
}
