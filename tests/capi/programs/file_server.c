/*
 * Responses that are files, by lws_serve_http_file: of the firmware, of a host's disk, with lines of the program's own in their heads, and
 * some that cannot be; how often the program was told that one has ended; and a mount that does the same.
 */
#include <libwebsockets.h>

#include "server.h"

static char large[300000];

static const struct wm_rom_file files[] = {
    { "web/large.txt", large, sizeof(large) },
    { "web/index.html", "<p>page</p>", 11 },
    { "web/data.json", "{\"answer\": 42}", 14 },
    { NULL, NULL, 0 }
};

static int completed;

struct session {
    int is_last;
};

static int respond(struct lws *wsi, struct session *session, const char *path) {
    static const char more[] = "x-answer: 42\r\nx-other: 43\r\n";
    char text[16];

    if (!strcmp(path, "/"))
        return lws_serve_http_file(wsi, "web/index.html", "text/html; charset=utf-8", more, (int)sizeof(more) - 1);
    if (!strcmp(path, "/guessed"))
        return lws_serve_http_file(wsi, "/web/data.json", NULL, NULL, 0);
    if (!strcmp(path, "/disk"))
        return lws_serve_http_file(wsi, "./Cargo.toml", "text/plain", NULL, 0);
    if (!strcmp(path, "/large")) {
        session->is_last = 1;
        return lws_serve_http_file(wsi, "web/large.txt", NULL, NULL, 0);
    }
    if (!strcmp(path, "/last")) {
        session->is_last = 1;
        return lws_serve_http_file(wsi, "web/index.html", "text/html", NULL, 0);
    }
    if (!strcmp(path, "/cut"))
        return lws_serve_http_file(wsi, "web/index.html", NULL, "x-cut: off", 10) == -1
            ? lws_return_http_status(wsi, HTTP_STATUS_INTERNAL_SERVER_ERROR, "refused") : -1;
    if (!strcmp(path, "/smuggled"))
        return lws_serve_http_file(wsi, "web/index.html", NULL, "a: b\r\n\r\nbody\r\n", 14) == -1
            ? lws_return_http_status(wsi, HTTP_STATUS_INTERNAL_SERVER_ERROR, "refused") : -1;
    if (!strcmp(path, "/completed")) {
        lws_snprintf(text, sizeof(text), "%d files", completed);
        return lws_return_http_status(wsi, HTTP_STATUS_OK, text);
    }
    return lws_serve_http_file(wsi, "web/none.html", "text/html", NULL, 0);
}

static int callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len) {
    struct session *session = (struct session *)user;

    (void)len;
    switch (reason) {
    case LWS_CALLBACK_HTTP:
        return respond(wsi, session, (const char *)in);
    case LWS_CALLBACK_HTTP_FILE_COMPLETION:
        completed++;
        return session->is_last || lws_http_transaction_completed(wsi) ? -1 : 0;
    default:
        return 0;
    }
}

static const struct lws_protocols protocols[] = {
    { "http", callback, sizeof(struct session), 0, 0, NULL, 0 },
    LWS_PROTOCOL_LIST_TERM
};

int main(int argc, const char **argv) {
    static const char point[] = "/mounted";
    static struct lws_http_mount mount;
    struct lws_context_creation_info info;

    memset(large, 'l', sizeof(large));
    wm_rom_files(files);
    mount.mountpoint = point;
    mount.mountpoint_len = sizeof(point) - 1;
    mount.origin = "web";
    mount.def = "index.html";
    mount.origin_protocol = LWSMPRO_FILE;
    prepare(&info, argc, argv);
    info.protocols = protocols;
    info.mounts = &mount;
    return serve(lws_create_context(&info), 1000);
}
