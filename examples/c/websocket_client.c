/*
 * A WebSocket client: connects, sends a line every second, prints what comes back, and connects again when the connection is lost.
 *
 *   cc websocket_client.c $(pkg-config --cflags --libs libwebsockets) -o websocket_client
 *   ./websocket_client -s 127.0.0.1 -p 7681 -n 3      (three lines, then it ends)
 *
 * With -DSECURE over TLS, with those trusted that identity.h tells of. -h NAME says what the server is called in its certificate, if -s is
 * only its address.
 */
#include <libwebsockets.h>
#include <signal.h>

#ifdef SECURE
#include "identity.h"
#endif

/* The application's state: one connection, and the timers that lie beside it. */
struct client {
    struct lws_context *context;
    struct lws *wsi;
    lws_sorted_usec_list_t reconnect;
    lws_sorted_usec_list_t next_line;
    uint16_t attempts;
    const char *server;
    const char *host;
    int port;
    int lines;
    int sent;
};

static volatile sig_atomic_t interrupted;

static const uint32_t delays_ms[] = { 500, 1000, 2000, 5000 };
static const lws_retry_bo_t retry = { delays_ms, LWS_ARRAY_SIZE(delays_ms), LWS_RETRY_CONCEAL_ALWAYS, 30, 45, 20 };

static struct client client;

static void connect_now(lws_sorted_usec_list_t *timer) {
    struct client *self = lws_container_of(timer, struct client, reconnect);
    struct lws_client_connect_info info;

    memset(&info, 0, sizeof(info));
    info.context = self->context;
    info.address = self->server;
    info.port = self->port;
    info.path = "/";
    info.host = self->host;
    info.origin = self->host;
#ifdef SECURE
    info.ssl_connection = LCCSCF_USE_SSL;
#endif
    info.protocol = "echo-protocol";
    info.pwsi = &self->wsi;
    info.retry_and_idle_policy = &retry;
    if (!lws_client_connect_via_info(&info))
        lws_retry_sul_schedule(self->context, 0, &self->reconnect, &retry, connect_now, &self->attempts);
}

static void connect_later(struct client *self) {
    self->wsi = NULL;
    lws_sul_cancel(&self->next_line);
    lws_retry_sul_schedule(self->context, 0, &self->reconnect, &retry, connect_now, &self->attempts);
}

static void ask_to_write(lws_sorted_usec_list_t *timer) {
    struct client *self = lws_container_of(timer, struct client, next_line);

    if (self->wsi)
        lws_callback_on_writable(self->wsi);
}

static int send_line(struct client *self) {
    unsigned char buffer[LWS_PRE + 64];
    int length = lws_snprintf((char *)buffer + LWS_PRE, 64, "line %d", ++self->sent);

    return lws_write(self->wsi, buffer + LWS_PRE, (size_t)length, LWS_WRITE_TEXT) < length ? -1 : 0;
}

static int callback_client(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len) {
    switch (reason) {
    case LWS_CALLBACK_CLIENT_ESTABLISHED:
        lwsl_user("connected\n");
        client.attempts = 0;
        lws_callback_on_writable(wsi);
        break;
    case LWS_CALLBACK_CLIENT_WRITEABLE:
        return send_line(&client);
    case LWS_CALLBACK_CLIENT_RECEIVE:
        lwsl_user("received: %s\n", (const char *)in);
        if (client.lines && client.sent >= client.lines) {
            interrupted = 1;
            lws_close_reason(wsi, LWS_CLOSE_STATUS_NORMAL, NULL, 0);
            return -1;
        }
        lws_sul_schedule(client.context, 0, &client.next_line, ask_to_write, client.lines ? 1 : LWS_US_PER_SEC);
        break;
    case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
        lwsl_err("not connected: %s\n", in ? (const char *)in : "(unknown)");
        connect_later(&client);
        break;
    case LWS_CALLBACK_CLIENT_CLOSED:
        lwsl_user("closed\n");
        if (!interrupted)
            connect_later(&client);
        break;
    default:
        return lws_callback_http_dummy(wsi, reason, user, in, len);
    }
    return 0;
}

static const struct lws_protocols protocols[] = {
    { "echo-protocol", callback_client, 0, 4096, 0, NULL, 0 },
    LWS_PROTOCOL_LIST_TERM
};

static void interrupt(int signal_number) {
    (void)signal_number;
    interrupted = 1;
}

int main(int argc, const char **argv) {
    struct lws_context_creation_info info;
    const char *option;

    signal(SIGINT, interrupt);
    memset(&info, 0, sizeof(info));
    info.port = CONTEXT_PORT_NO_LISTEN;
    info.protocols = protocols;
    info.gid = info.uid = -1;
#ifdef SECURE
    trust_authorities(&info);
#endif
    lws_cmdline_option_handle_builtin(argc, argv, &info);
    option = lws_cmdline_option(argc, argv, "-s");
    client.server = option ? option : "127.0.0.1";
    option = lws_cmdline_option(argc, argv, "-h");
    client.host = option ? option : client.server;
    option = lws_cmdline_option(argc, argv, "-p");
    client.port = option ? atoi(option) : 7681;
    option = lws_cmdline_option(argc, argv, "-n");
    client.lines = option ? atoi(option) : 0;

    client.context = lws_create_context(&info);
    if (!client.context) {
        lwsl_err("no context\n");
        return 1;
    }
    lws_sul_schedule(client.context, 0, &client.reconnect, connect_now, 1);
    while (!interrupted && lws_service(client.context, 1000) >= 0) {
    }
    /* The closing handshake takes a moment. */
    lws_service(client.context, 100);
    lws_sul_cancel(&client.reconnect);
    lws_sul_cancel(&client.next_line);
    lws_context_destroy(client.context);
    return client.lines && client.sent < client.lines;
}
