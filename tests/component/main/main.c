/* The least that needs everything: a context that listens. */
#include <libwebsockets.h>

#include <string.h>

static const struct lws_protocols protocols[] = {
    { "http", lws_callback_http_dummy, 0, 0, 0, NULL, 0 },
    LWS_PROTOCOL_LIST_TERM
};

int main(void) {
    struct lws_context_creation_info info;
    struct lws_context *context;

    memset(&info, 0, sizeof(info));
    info.port = 80;
    info.protocols = protocols;
    context = lws_create_context(&info);
    if (!context)
        return 1;
    while (lws_service(context, 0) >= 0) {
    }
    lws_context_destroy(context);
    return 0;
}
