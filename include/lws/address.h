/* Addresses, as numbers and as text. */
#ifndef LWS_ADDRESS_H
#define LWS_ADDRESS_H

#include "base.h"
#ifdef __linux__
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#endif

LWS_C_BEGIN

/* An address and a port, in network order. On a device these are the layouts of lwip/sockets.h, which needs not be there. */
#ifdef __linux__
typedef union lws_sockaddr46 {
    struct sockaddr_in6 sa6;
    struct sockaddr_in sa4;
} lws_sockaddr46;
#else
typedef union lws_sockaddr46 {
    struct {
        uint8_t sin6_len;
        uint8_t sin6_family;
        uint16_t sin6_port;
        uint32_t sin6_flowinfo;
        union {
            uint32_t u32_addr[4];
            uint8_t s6_addr[16];
        } sin6_addr;
        uint32_t sin6_scope_id;
    } sa6;
    struct {
        uint8_t sin_len;
        uint8_t sin_family;
        uint16_t sin_port;
        struct {
            uint32_t s_addr;
        } sin_addr;
        char sin_zero[8];
    } sa4;
} lws_sockaddr46;
#endif

#define sa46_sockaddr(sa46) ((struct sockaddr *)(sa46))
#define _sa46_is_4(sa46) ((sa46)->sa4.sin_family == 2) /* AF_INET */
#define sa46_socklen(sa46) (_sa46_is_4(sa46) ? sizeof((sa46)->sa4) : sizeof((sa46)->sa6))
#define sa46_sockport(sa46, port)                             \
    do {                                                      \
        if (_sa46_is_4(sa46))                                 \
            (sa46)->sa4.sin_port = (port);                    \
        else                                                  \
            (sa46)->sa6.sin6_port = (port);                   \
    } while (0)
#define sa46_address(sa46) \
    (_sa46_is_4(sa46) ? (uint8_t *)&(sa46)->sa4.sin_addr : (uint8_t *)&(sa46)->sa6.sin6_addr)
#define sa46_address_len(sa46) (_sa46_is_4(sa46) ? 4 : 16)

/* 0 when family and address are the same. */
int lws_sa46_compare_ads(const lws_sockaddr46 *sa46a, const lws_sockaddr46 *sa46b);

/* 0 when the first `net_len` bits of both are the same, and the families too. */
int lws_sa46_on_net(const lws_sockaddr46 *sa46a, const lws_sockaddr46 *sa46_net, int net_len);

/* Reads "192.168.0.1", "fe80::1" or "::ffff:192.168.0.1": 0 and an address with port 0, or -1. */
int lws_sa46_parse_numeric_address(const char *ads, lws_sockaddr46 *sa46);

/* The address without its port: 0; or -1, and an empty text, when there is none or no room. */
int lws_sa46_write_numeric_address(lws_sockaddr46 *sa46, char *buf, size_t len);

/* The same for an address as 4 or 16 bytes: `parse` says how many, or -1. */
int lws_parse_numeric_address(const char *ads, uint8_t *result, size_t max_len);
int lws_write_numeric_address(const uint8_t *ads, int size, char *buf, size_t len);

LWS_C_END

#endif
