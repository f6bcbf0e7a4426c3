/* What the programs that judge themselves share. */
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define check(fact)                                                    \
    do {                                                               \
        if (!(fact)) {                                                 \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #fact); \
            exit(1);                                                   \
        }                                                              \
    } while (0)

/* A socket, and the TCP port of this machine that it has now and nobody else. */
static inline int bound_socket(int *port) {
    struct sockaddr_in address;
    socklen_t length = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    memset(&address, 0, sizeof(address));
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    check(fd >= 0 && !bind(fd, (struct sockaddr *)&address, sizeof(address)));
    check(!getsockname(fd, (struct sockaddr *)&address, &length));
    *port = ntohs(address.sin_port);
    return fd;
}

/* A TCP port of this machine that nobody uses. */
static inline int free_port(void) {
    int port;

    close(bound_socket(&port));
    return port;
}

/* What the user-mode network calls this machine. */
#define check_peer(wsi)                                                              \
    do {                                                                             \
        char address[48];                                                            \
        check(!strcmp(lws_get_peer_simple(wsi, address, sizeof(address)), "10.0.2.2")); \
    } while (0)
