/*
 * System states: a program hears of each before and after, may postpone one and have it go on later, and connects once the system is
 * operational, as most clients that were written for libwebsockets 4 do. Ends with 0, or says what is wrong.
 */
#include <libwebsockets.h>

#include "check.h"

#define MOST 64

static struct {
    int current, target;
} heard[MOST];
static int count, postponing, attempts, failed, port;

static int notify(struct lws_state_manager *manager, struct lws_state_notify_link *link, int current, int target) {
    struct lws_client_connect_info info;

    check(count < MOST && !strcmp(link->name, "program"));
    heard[count].current = current;
    heard[count++].target = target;
    if (target == LWS_SYSTATE_TIME_VALID && current != target && postponing)
        return 1;
    if (current != LWS_SYSTATE_OPERATIONAL || target != LWS_SYSTATE_OPERATIONAL)
        return 0;
    memset(&info, 0, sizeof(info));
    info.context = (struct lws_context *)manager->parent;
    info.address = info.host = "127.0.0.1";
    info.port = port;
    info.path = "/";
    attempts++;
    check(lws_client_connect_via_info(&info));
    return 0;
}

static int callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len) {
    (void)wsi;
    (void)user;
    (void)in;
    (void)len;
    if (reason == LWS_CALLBACK_CLIENT_CONNECTION_ERROR)
        failed = 1;
    return 0;
}

static const struct lws_protocols protocols[] = { { "program", callback, 0, 0, 0, NULL, 0 }, LWS_PROTOCOL_LIST_TERM };

int main(void) {
    lws_state_notify_link_t link = { { NULL, NULL, NULL }, notify, "program" };
    lws_state_notify_link_t *links[] = { &link, NULL };
    struct lws_context_creation_info info;
    struct lws_context *context;
    struct lws_state_manager *manager;
    int step;

    port = free_port();
    memset(&info, 0, sizeof(info));
    info.port = CONTEXT_PORT_NO_LISTEN;
    info.protocols = protocols;
    info.register_notifier_list = links;
    context = lws_create_context(&info);
    check(context);
    postponing = 1;
    check(lws_service(context, 0) >= 0);
    manager = lws_system_get_state_manager(context);
    check(manager && manager->state == LWS_SYSTATE_CPD_PRE_TIME && !attempts);
    /* Before and after each state, and then the one that was postponed. */
    for (step = 0; step + 1 < count; step++) {
        check(heard[step].target == LWS_SYSTATE_CONTEXT_CREATED + 1 + step / 2);
        check(heard[step].current == heard[step].target - (step % 2 ? 0 : 1));
    }
    check(heard[step].current == LWS_SYSTATE_CPD_PRE_TIME && heard[step].target == LWS_SYSTATE_TIME_VALID);
    postponing = 0;
    lws_state_transition_steps(manager, LWS_SYSTATE_OPERATIONAL);
    check(manager->state == LWS_SYSTATE_OPERATIONAL && attempts == 1);
    while (!failed)
        check(lws_service(context, 0) >= 0);
    lws_context_destroy(context);
    check(heard[count - 1].current == LWS_SYSTATE_CONTEXT_DESTROYING);
    check(attempts == 1);
    return 0;
}
