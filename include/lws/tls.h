/* What is known of certificates. */
#ifndef LWS_TLS_H
#define LWS_TLS_H

#include "base.h"

LWS_C_BEGIN

enum lws_tls_cert_info {
    LWS_TLS_CERT_INFO_VALIDITY_FROM = 0,
    LWS_TLS_CERT_INFO_VALIDITY_TO = 1,
    LWS_TLS_CERT_INFO_COMMON_NAME = 2,
    LWS_TLS_CERT_INFO_ISSUER_NAME = 3,
    LWS_TLS_CERT_INFO_USAGE = 4,
    LWS_TLS_CERT_INFO_VERIFIED = 5,
    LWS_TLS_CERT_INFO_OPAQUE_PUBLIC_KEY = 6,
    LWS_TLS_CERT_INFO_DER_RAW = 7,
    LWS_TLS_CERT_INFO_AUTHORITY_KEY_ID = 8,
    LWS_TLS_CERT_INFO_AUTHORITY_KEY_ID_ISSUER = 9,
    LWS_TLS_CERT_INFO_AUTHORITY_KEY_ID_SERIAL = 10,
    LWS_TLS_CERT_INFO_SUBJECT_KEY_ID = 11
};

union lws_tls_cert_info_results {
    unsigned int verified;
    time_t time;
    unsigned int usage;
    struct {
        int len;
        char name[64];
    } ns;
};

/* 0 and the result, or -1. `len` is the room at ns.name. */
int lws_tls_peer_cert_info(struct lws *wsi, enum lws_tls_cert_info type, union lws_tls_cert_info_results *buf,
                           size_t len);

struct lws_context_creation_info;

/*
 * The certificate of every virtual host that has it from `certpath` (NULL: that had it in memory) is another one from now on: that in
 * memory, or else what the files now hold. Connections are not touched. 0; or -1 when there is no such virtual host, or the new one cannot
 * be used: then the old one stays.
 */
int lws_tls_cert_updated(struct lws_context *context, const char *certpath, const char *keypath, const char *mem_cert,
                         size_t len_mem_cert, const char *mem_privkey, size_t len_mem_privkey);

/* Whom the clients of a virtual host trust from now on and who they are: the members client_ssl_... of `info`. 0, or 1. */
int lws_init_vhost_client_ssl(const struct lws_context_creation_info *info, struct lws_vhost *vhost);

/* Lets the clients of a virtual host trust one more authority, in DER or PEM. 0, or 1. */
int lws_tls_client_vhost_extra_cert_mem(struct lws_vhost *vh, const uint8_t *der, size_t der_len);

/* A session that the next connection to a server can resume. `tag` is "host_port". */
typedef struct lws_tls_session_dump {
    char tag[96];
    void *blob;
    void *opaque;
    size_t blob_len;
} lws_tls_session_dump_t;

/* 0 for yes. */
typedef int (*lws_tls_sess_cb_t)(struct lws_context *cx, struct lws_tls_session_dump *info);

/*
 * Hands out what a client of a virtual host could resume with this server, to be kept while the device sleeps, say: once the connection
 * has ended. It contains secrets. Loaded before the next connection, it spares that the longer handshake; `blob` stays the application's.
 * 0; or 1 where there is nothing, or the callback refuses.
 */
int lws_tls_session_dump_save(struct lws_vhost *vh, const char *host, uint16_t port, lws_tls_sess_cb_t cb_save, void *opq);
int lws_tls_session_dump_load(struct lws_vhost *vh, const char *host, uint16_t port, lws_tls_sess_cb_t cb_load, void *opq);

/* Whether a connection speaks TLS. */
int lws_is_ssl(struct lws *wsi);

LWS_C_END

#endif
