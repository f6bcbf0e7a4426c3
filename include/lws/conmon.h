/* How long the steps of a client's connection took: with LCCSCF_CONMON. */
#ifndef LWS_CONMON_H
#define LWS_CONMON_H

#include "address.h"
#include "base.h"

LWS_C_BEGIN

typedef uint32_t lws_conmon_interval_us_t;

typedef enum lws_conmon_pcol {
    LWSCONMON_PCOL_NONE = 0,
    LWSCONMON_PCOL_HTTP = 1
} lws_conmon_pcol_t;

typedef enum lws_conmon_dns_disposition {
    LWSCONMON_DNS_NONE = 0,
    LWSCONMON_DNS_OK = 1,
    LWSCONMON_DNS_SERVER_UNREACHABLE = 2,
    LWSCONMON_DNS_NO_RESULT = 3
} lws_conmon_dns_disposition_t;

struct addrinfo;

struct lws_conmon {
    /* Who answered. */
    lws_sockaddr46 peer46;
    union {
        struct {
            /* The status of the response, when `pcol` says HTTP. */
            int response;
        } http;
    } protocol_specific;
    /* NULL: lwIP's resolver knows one address, which is `peer46`. */
    struct addrinfo *dns_results_copy;
    /* Microseconds: until the name had an address, the connection stood, TLS was agreed on, the response began. 0: did not happen. */
    lws_conmon_interval_us_t ciu_dns;
    lws_conmon_interval_us_t ciu_sockconn;
    lws_conmon_interval_us_t ciu_tls;
    lws_conmon_interval_us_t ciu_txn_resp;
    lws_conmon_pcol_t pcol;
    lws_conmon_dns_disposition_t dns_disposition;
};

/* Hands out what is known so far. In any callback of the client, its last ones included. */
void lws_conmon_wsi_take(struct lws *wsi, struct lws_conmon *dest);

/* Ends what was handed out. */
void lws_conmon_release(struct lws_conmon *conmon);

LWS_C_END

#endif
