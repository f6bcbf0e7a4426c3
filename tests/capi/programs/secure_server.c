/*
 * The echo server over TLS, with certificate and key from memory: -c CERTIFICATE -k KEY name the files that they are read from, and
 * --other-certificate, --other-key those of a virtual host other.example; --clients who vouches for clients, which then have to show
 * a certificate; --plain redirect and --plain serve what becomes of requests without TLS; --worker has handshakes done by a thread of their
 * own. An HTTP request is told whether its connection is secure, and who asks. The first virtual host has another certificate from /renew on,
 * which --renewed-certificate and --renewed-key name; /spoil tries one that is none.
 */
#include <libwebsockets.h>

#include "handshakes.h"
#include "server.h"

#define MOST 8192

static char renewed_certificate[MOST], renewed_key[MOST];

static int renew(struct lws *wsi, const char *certificate) {
    int failed = lws_tls_cert_updated(lws_get_context(wsi), NULL, NULL, certificate, strlen(certificate), renewed_key,
                                      strlen(renewed_key));

    return lws_return_http_status(wsi, failed ? HTTP_STATUS_BAD_REQUEST : HTTP_STATUS_OK, NULL);
}

static int greet(struct lws *wsi) {
    union lws_tls_cert_info_results client;
    char page[128];

    if (lws_tls_peer_cert_info(wsi, LWS_TLS_CERT_INFO_COMMON_NAME, &client, sizeof(client.ns.name)))
        client.ns.name[0] = 0;
    lws_snprintf(page, sizeof(page), "%s for %s", lws_is_ssl(wsi) ? "secure" : "plain", client.ns.name);
    if (lws_return_http_status(wsi, HTTP_STATUS_OK, page))
        return -1;
    return lws_http_transaction_completed(wsi) ? -1 : 0;
}

static int callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len) {
    switch (reason) {
    case LWS_CALLBACK_HTTP:
        if (!strcmp((const char *)in, "/renew"))
            return renew(wsi, renewed_certificate);
        if (!strcmp((const char *)in, "/spoil"))
            return renew(wsi, "no certificate");
        return greet(wsi);
    case LWS_CALLBACK_RECEIVE: {
        int kind = lws_frame_is_binary(wsi) ? LWS_WRITE_BINARY : LWS_WRITE_TEXT;
        int flags = lws_write_ws_flags(kind, lws_is_first_fragment(wsi), lws_is_final_fragment(wsi));

        return lws_write(wsi, (unsigned char *)in, len, (enum lws_write_protocol)flags) < 0 ? -1 : 0;
    }
    default:
        return lws_callback_http_dummy(wsi, reason, user, in, len);
    }
}

static const struct lws_protocols protocols[] = {
    { "echo-protocol", callback, 0, 4096, 0, NULL, 0 },
    LWS_PROTOCOL_LIST_TERM
};

static size_t read_file(const char *name, char *content) {
    FILE *file = name ? fopen(name, "rb") : NULL;
    size_t length = file ? fread(content, 1, MOST - 1, file) : 0;

    if (file)
        fclose(file);
    return length;
}

static int add_other(struct lws_context *context, const struct lws_context_creation_info *first, const char *certificate_file,
                     const char *key_file) {
    static char certificate[MOST], key[MOST];
    struct lws_context_creation_info info = *first;

    info.vhost_name = "other.example";
    info.server_ssl_cert_mem = certificate;
    info.server_ssl_cert_mem_len = (unsigned int)read_file(certificate_file, certificate);
    info.server_ssl_private_key_mem = key;
    info.server_ssl_private_key_mem_len = (unsigned int)read_file(key_file, key);
    return lws_create_vhost(context, &info) ? 0 : -1;
}

int main(int argc, const char **argv) {
    static char certificate[MOST], key[MOST], clients[MOST];
    struct lws_context_creation_info info;
    struct lws_context *context;
    const char *other = lws_cmdline_option(argc, argv, "--other-certificate");
    const char *plain = lws_cmdline_option(argc, argv, "--plain");

    prepare(&info, argc, argv);
    read_file(lws_cmdline_option(argc, argv, "--renewed-certificate"), renewed_certificate);
    read_file(lws_cmdline_option(argc, argv, "--renewed-key"), renewed_key);
    info.protocols = protocols;
    info.options = LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT;
    info.server_ssl_cert_mem = certificate;
    info.server_ssl_cert_mem_len = (unsigned int)read_file(lws_cmdline_option(argc, argv, "-c"), certificate);
    info.server_ssl_private_key_mem = key;
    /* One with the zero byte, one without: both are seen in programs. */
    info.server_ssl_private_key_mem_len = (unsigned int)read_file(lws_cmdline_option(argc, argv, "-k"), key) + 1;
    info.server_ssl_ca_mem = clients;
    info.server_ssl_ca_mem_len = (unsigned int)read_file(lws_cmdline_option(argc, argv, "--clients"), clients);
    if (info.server_ssl_ca_mem_len)
        info.options |= LWS_SERVER_OPTION_REQUIRE_VALID_OPENSSL_CLIENT_CERT;
    if (plain)
        info.options |= *plain == 'r' ? LWS_SERVER_OPTION_REDIRECT_HTTP_TO_HTTPS : LWS_SERVER_OPTION_ALLOW_HTTP_ON_HTTPS_LISTENER;
    context = lws_create_context(&info);
    if (!context || (other && add_other(context, &info, other, lws_cmdline_option(argc, argv, "--other-key"))))
        return 1;
    if (!lws_cmdline_option(argc, argv, "--worker"))
        return serve(context, 1000);
    handshakes_begin();
    return serve(context, 1000) || !handshakes_end();
}
