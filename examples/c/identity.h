/* Who a program shows itself as over TLS, and whom it trusts: PEM, compiled into the firmware by a file of its own. */
#ifndef IDENTITY_H
#define IDENTITY_H

#include <libwebsockets.h>

/* A server's certificate, with those that vouch for it behind it, and its key. */
extern const char server_certificate[], server_key[];

/* Who vouches for the servers that a client connects to. */
extern const char authorities[];

static inline void show_certificate(struct lws_context_creation_info *info) {
    info->options |= LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT;
    info->server_ssl_cert_mem = server_certificate;
    info->server_ssl_cert_mem_len = (unsigned int)strlen(server_certificate);
    info->server_ssl_private_key_mem = server_key;
    info->server_ssl_private_key_mem_len = (unsigned int)strlen(server_key);
}

static inline void trust_authorities(struct lws_context_creation_info *info) {
    info->options |= LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT;
    info->client_ssl_ca_mem = authorities;
    info->client_ssl_ca_mem_len = (unsigned int)strlen(authorities);
}

#endif
