/* Protocols and their options. */
#ifndef LWS_PROTOCOL_H
#define LWS_PROTOCOL_H

#include "base.h"
#include "callback.h"

LWS_C_BEGIN

/* A list of them ends with one whose callback is NULL. The first serves plain HTTP. Must outlive its context. */
struct lws_protocols {
    /* The WebSocket subprotocol. */
    const char *name;
    lws_callback_function *callback;
    /* Bytes of `user`. */
    size_t per_session_data_size;
    /*
     * The most bytes of a message in one LWS_CALLBACK_RECEIVE: messages up to it come whole, longer ones in pieces of this
     * size. 0: as the bytes arrive.
     */
    size_t rx_buffer_size;
    /* The application's own. */
    unsigned int id;
    void *user;
    size_t tx_packet_size;
};

#define LWS_PROTOCOL_LIST_TERM { NULL, NULL, 0, 0, 0, NULL, 0 }

/* Options by name, per protocol and virtual host ("pvo"). */
struct lws_protocol_vhost_options {
    const struct lws_protocol_vhost_options *next;
    const struct lws_protocol_vhost_options *options;
    const char *name;
    const char *value;
};

/* The option of that name, or NULL. */
const struct lws_protocol_vhost_options *lws_pvo_search(const struct lws_protocol_vhost_options *pvo, const char *name);

/* Its value; 1 when there is none of that name. `in` is that of LWS_CALLBACK_PROTOCOL_INIT. */
int lws_pvo_get_str(void *in, const char *name, const char **result);

/* The protocol of a connection, or NULL. */
const struct lws_protocols *lws_get_protocol(struct lws *wsi);
const struct lws_protocols *lws_protocol_get(struct lws *wsi);

const struct lws_protocols *lws_vhost_name_to_protocol(struct lws_vhost *vh, const char *name);

/*
 * Memory of a protocol in a virtual host: zeroed, freed with the virtual host. Allocated in
 * LWS_CALLBACK_PROTOCOL_INIT, found again anywhere.
 */
void *lws_protocol_vh_priv_zalloc(struct lws_vhost *vhost, const struct lws_protocols *prot, int size);
void *lws_protocol_vh_priv_get(struct lws_vhost *vhost, const struct lws_protocols *prot);

/* The same of the first virtual host whose options say `pvo_value` for the option `pvo_name` of the protocol; NULL when none does. */
void *lws_vhd_find_by_pvo(struct lws_context *cx, const char *protname, const char *pvo_name, const char *pvo_value);

/* Gives a connection new memory of another size, zeroed; the old is freed. */
void *lws_adjust_protocol_psds(struct lws *wsi, size_t new_size);

LWS_C_END

#endif
