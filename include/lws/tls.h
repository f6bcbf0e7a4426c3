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

/* Whether a connection speaks TLS. */
int lws_is_ssl(struct lws *wsi);

LWS_C_END

#endif
