/*
 * Clients over TLS against the secure server at 127.0.0.1, whose certificate -a FILE is its own authority: -p PORT says where it is.
 * Who is trusted gets an echo; who is not is refused, unless the flags say otherwise. Ends with 0, or says what is wrong.
 */
#include <libwebsockets.h>

#include "check.h"

#define MOST 8192
#define HELLO "hello"

enum outcome { PENDING, ECHOED, REFUSED };

static enum outcome outcome;
static int port;
static int verified;

/* A session of TLS 1.3 that was loaded shows no certificate when it is resumed. */
static int loaded;

/* Sessions that a context remembers; 0: as many as it likes. */
static unsigned int sessions;

/* What the server's certificate says, if it is the development one. */
static void look(struct lws *wsi, int is_verified) {
    char room[sizeof(union lws_tls_cert_info_results) + 256];
    union lws_tls_cert_info_results *results = (union lws_tls_cert_info_results *)(void *)room;
    time_t from;

    if (loaded) {
        check(lws_tls_peer_cert_info(wsi, LWS_TLS_CERT_INFO_COMMON_NAME, results, 300) < 0);
        return;
    }
    check(!lws_tls_peer_cert_info(wsi, LWS_TLS_CERT_INFO_COMMON_NAME, results, 300));
    check(!strcmp(results->ns.name, "wm-websockets development, key is public"));
    check(results->ns.len == (int)strlen(results->ns.name));
    check(!lws_tls_peer_cert_info(wsi, LWS_TLS_CERT_INFO_VALIDITY_FROM, results, 0));
    from = results->time;
    check(from == 1577836800);
    check(!lws_tls_peer_cert_info(wsi, LWS_TLS_CERT_INFO_VALIDITY_TO, results, 0) && results->time > from);
    check(!lws_tls_peer_cert_info(wsi, LWS_TLS_CERT_INFO_USAGE, results, 0) && results->usage == 0x80);
    check(!lws_tls_peer_cert_info(wsi, LWS_TLS_CERT_INFO_VERIFIED, results, 0));
    check((int)results->verified == is_verified);
    check(!lws_tls_peer_cert_info(wsi, LWS_TLS_CERT_INFO_OPAQUE_PUBLIC_KEY, results, 300) && results->ns.len == 91);
    check(!lws_tls_peer_cert_info(wsi, LWS_TLS_CERT_INFO_SUBJECT_KEY_ID, results, 64) && results->ns.len == 20);
    check(lws_tls_peer_cert_info(wsi, LWS_TLS_CERT_INFO_SUBJECT_KEY_ID, results, 20) < 0 && results->ns.len == 20);
    check(lws_tls_peer_cert_info(wsi, LWS_TLS_CERT_INFO_AUTHORITY_KEY_ID, results, 64) < 0);
}

static int callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len) {
    unsigned char buffer[LWS_PRE + sizeof(HELLO)];

    (void)user;
    switch (reason) {
    case LWS_CALLBACK_ESTABLISHED_CLIENT_HTTP:
        look(wsi, verified);
        return 0;
    case LWS_CALLBACK_CLIENT_ESTABLISHED:
        check(lws_is_ssl(wsi));
        check_peer(wsi);
        lws_callback_on_writable(wsi);
        return 0;
    case LWS_CALLBACK_CLIENT_WRITEABLE:
        memcpy(buffer + LWS_PRE, HELLO, sizeof(HELLO) - 1);
        check(lws_write(wsi, buffer + LWS_PRE, sizeof(HELLO) - 1, LWS_WRITE_TEXT) == sizeof(HELLO) - 1);
        return 0;
    case LWS_CALLBACK_CLIENT_RECEIVE:
        check(len == sizeof(HELLO) - 1 && !memcmp(in, HELLO, len));
        look(wsi, verified);
        outcome = ECHOED;
        return -1;
    case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
        check(in && len);
        fprintf(stderr, "refused: %s\n", (const char *)in);
        outcome = REFUSED;
        return 0;
    default:
        return 0;
    }
}

static const struct lws_protocols protocols[] = {
    { "echo-protocol", callback, 0, 1024, 0, NULL, 0 },
    LWS_PROTOCOL_LIST_TERM
};

static struct lws_context *context_that_trusts(const char *authorities, size_t length) {
    struct lws_context_creation_info info;
    struct lws_context *context;

    memset(&info, 0, sizeof(info));
    info.port = CONTEXT_PORT_NO_LISTEN;
    info.protocols = protocols;
    info.options = LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT;
    info.client_ssl_ca_mem = authorities;
    info.client_ssl_ca_mem_len = (unsigned int)length;
    info.tls_session_cache_max = sessions;
    context = lws_create_context(&info);
    check(context);
    return context;
}

static struct lws *connect_to(struct lws_context *context, const char *address, const char *host, int flags) {
    struct lws_client_connect_info info;

    memset(&info, 0, sizeof(info));
    info.context = context;
    info.address = address;
    info.host = info.origin = host;
    info.port = port;
    info.path = "/";
    info.protocol = protocols[0].name;
    info.ssl_connection = LCCSCF_USE_SSL | flags;
    outcome = PENDING;
    return lws_client_connect_via_info(&info);
}

static enum outcome outcome_as(struct lws_context *context, const char *address, const char *host, int flags) {
    int turn;

    check(connect_to(context, address, host, flags));
    for (turn = 0; turn < 1000 && outcome == PENDING; turn++)
        check(lws_service(context, 100) >= 0);
    return outcome;
}

static enum outcome outcome_of(struct lws_context *context, const char *address, int flags) {
    return outcome_as(context, address, address, flags);
}

/* Whom a virtual host trusts is said after it was made, and more is added; then nobody is trusted again. */
static void trust_later(struct lws_context *context, const char *authorities, size_t length) {
    struct lws_vhost *vhost = lws_get_vhost_by_name(context, "default");
    struct lws_context_creation_info info;

    memset(&info, 0, sizeof(info));
    verified = 1;
    check(!lws_tls_client_vhost_extra_cert_mem(vhost, (const uint8_t *)authorities, length));
    check(outcome_of(context, "localhost", 0) == ECHOED);
    check(!lws_init_vhost_client_ssl(&info, vhost));
    check(!connect_to(context, "localhost", "localhost", 0));
    info.client_ssl_ca_mem = authorities;
    info.client_ssl_ca_mem_len = (unsigned int)length;
    check(!lws_init_vhost_client_ssl(&info, vhost));
    check(outcome_of(context, "localhost", 0) == ECHOED);
    check(!lws_tls_client_vhost_extra_cert_mem(vhost, (const uint8_t *)"none", 4));
    check(!connect_to(context, "localhost", "localhost", 0));
}

/* What is kept while the device sleeps. */
static char retained[MOST];
static size_t retained_length;

static int keep(struct lws_context *context, struct lws_tls_session_dump *info) {
    check(context && info->opaque == &retained_length && info->blob_len <= MOST);
    check(!strncmp(info->tag, "localhost_", 10) && atoi(info->tag + 10) == port);
    memcpy(retained, info->blob, info->blob_len);
    retained_length = info->blob_len;
    return 0;
}

static int give(struct lws_context *context, struct lws_tls_session_dump *info) {
    check(context && info->opaque == retained && !info->blob);
    info->blob = retained;
    info->blob_len = retained_length;
    return 0;
}

static int refuse(struct lws_context *context, struct lws_tls_session_dump *info) {
    (void)context;
    (void)info;
    return 1;
}

/* The session is there as soon as the connection has ended. */
static void save(struct lws_context *context) {
    struct lws_vhost *vhost = lws_get_vhost_by_name(context, "default");
    int turn;

    retained_length = 0;
    for (turn = 0; !retained_length; turn++) {
        check(turn < 1000 && lws_service(context, 10) >= 0);
        lws_tls_session_dump_save(vhost, "localhost", (uint16_t)port, keep, &retained_length);
    }
}

/* The second connection resumes what the first one has left, and so does that of a device which was off in between. */
static void come_back(const char *authorities, size_t length) {
    struct lws_context *context;
    struct lws_vhost *vhost;

    sessions = 2;
    context = context_that_trusts(authorities, length);
    vhost = lws_get_vhost_by_name(context, "default");
    check(lws_tls_session_dump_save(vhost, "localhost", (uint16_t)port, keep, &retained_length) == 1);
    check(outcome_of(context, "localhost", 0) == ECHOED);
    save(context);
    check(lws_tls_session_dump_save(vhost, "localhost", (uint16_t)port, refuse, NULL) == 1);
    check(lws_tls_session_dump_save(vhost, "elsewhere", (uint16_t)port, keep, NULL) == 1);
    check(outcome_of(context, "localhost", 0) == ECHOED);
    save(context);
    lws_context_destroy(context);

    context = context_that_trusts(authorities, length);
    vhost = lws_get_vhost_by_name(context, "default");
    check(lws_tls_session_dump_load(vhost, "localhost", (uint16_t)port, refuse, NULL) == 1);
    check(lws_tls_session_dump_load(vhost, "localhost", (uint16_t)port, give, retained) == 0);
    loaded = 1;
    check(outcome_of(context, "localhost", 0) == ECHOED);
    retained_length--;
    check(lws_tls_session_dump_load(vhost, "localhost", (uint16_t)port, give, retained) == 1);
    lws_context_destroy(context);
    loaded = 0;
}

int main(int argc, const char **argv) {
    static char authorities[MOST];
    const char *name = lws_cmdline_option(argc, argv, "-a"), *number = lws_cmdline_option(argc, argv, "-p");
    FILE *file = name ? fopen(name, "rb") : NULL;
    struct lws_context *context;
    size_t length;

    check(file && number);
    port = atoi(number);
    length = fread(authorities, 1, MOST - 1, file);
    fclose(file);

    /* With the zero byte, as the SDK's client passes it. */
    context = context_that_trusts(authorities, length + 1);
    verified = 1;
    check(outcome_of(context, "127.0.0.1", 0) == ECHOED);
    check(outcome_of(context, "localhost", 0) == ECHOED);
    /* The same server by an address that its certificate does not name. */
    check(outcome_of(context, "10.0.2.2", 0) == REFUSED);
    verified = 0;
    check(outcome_of(context, "10.0.2.2", LCCSCF_SKIP_SERVER_CERT_HOSTNAME_CHECK) == ECHOED);
    verified = 1;
    /* What it is called is apart from where it is. */
    check(outcome_as(context, "10.0.2.2", "localhost", 0) == ECHOED);
    check(outcome_as(context, "10.0.2.2", NULL, 0) == REFUSED);
    check(outcome_as(context, "localhost", "other.example", 0) == REFUSED);
    lws_context_destroy(context);

    come_back(authorities, length);

    context = context_that_trusts(NULL, 0);
    verified = 0;
    check(!connect_to(context, "localhost", "localhost", 0));
    check(outcome_of(context, "localhost", LCCSCF_ALLOW_SELFSIGNED) == ECHOED);
    trust_later(context, authorities, length);
    lws_context_destroy(context);
    return 0;
}
