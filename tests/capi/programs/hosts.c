/*
 * Virtual hosts that share a port, their mounts, files of the firmware, and a service that another thread wakes, in one program. Ends with 0, or says what
 * is wrong.
 */
#include <libwebsockets.h>
#include <pthread.h>

#include "check.h"

/* What came of a request. */
struct answer {
    unsigned int status;
    char body[256];
    size_t length;
    char location[64];
    char type[32];
    int over;
};

static int woken;

/* How often the protocols of the virtual host that is destroyed early were told that they are used, and that they are not. */
static int begun, ended;

/* A protocol that says which virtual host it serves, and what path it was given. */
static int serve(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len) {
    const char *name = lws_get_vhost_name(lws_get_vhost(wsi)), *protocol = lws_get_protocol(wsi)->name;
    struct lws_process_html_args *arguments;
    char page[128];

    switch (reason) {
    case LWS_CALLBACK_HTTP:
        check(strcmp((const char *)in, "/login"));
        check(!((const char *)in)[len]);
        lws_snprintf(page, sizeof(page), "[%s %s %s]", name, protocol, (const char *)in);
        if (lws_return_http_status(wsi, HTTP_STATUS_OK, page))
            return -1;
        return lws_http_transaction_completed(wsi) ? -1 : 0;
    case LWS_CALLBACK_CHECK_ACCESS_RIGHTS:
        arguments = (struct lws_process_html_args *)in;
        check(arguments->p && (int)strlen(arguments->p) == arguments->len && !strncmp(arguments->p, "/second", 7));
        check(arguments->max_len == 3);
        if (!strcmp(arguments->p, "/second/login")) {
            /* It answers by itself: nobody is asked any more. */
            check(!lws_return_http_status(wsi, HTTP_STATUS_FORBIDDEN, "[login]"));
            arguments->final = 1;
            return lws_http_transaction_completed(wsi) ? -1 : 0;
        }
        return lws_hdr_total_length(wsi, WSI_TOKEN_HTTP_AUTHORIZATION) ? 0 : strcmp(name, "guarded.example") ? 0 : 1;
    case LWS_CALLBACK_EVENT_WAIT_CANCELLED:
        check(!ended || strcmp(name, "second.example"));
        woken++;
        return 0;
    case LWS_CALLBACK_PROTOCOL_INIT:
        begun += !strcmp(name, "second.example");
        return 0;
    case LWS_CALLBACK_PROTOCOL_DESTROY:
        ended += !strcmp(name, "second.example");
        return 0;
    default:
        return lws_callback_http_dummy(wsi, reason, user, in, len);
    }
}

static int ask(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len) {
    struct answer *answer = (struct answer *)user;
    char buffer[LWS_PRE + 200], *p = buffer + LWS_PRE;
    int room = 200;

    switch (reason) {
    case LWS_CALLBACK_ESTABLISHED_CLIENT_HTTP:
        answer->status = lws_http_client_http_response(wsi);
        lws_hdr_copy(wsi, answer->location, sizeof(answer->location), WSI_TOKEN_HTTP_LOCATION);
        lws_hdr_copy(wsi, answer->type, sizeof(answer->type), WSI_TOKEN_HTTP_CONTENT_TYPE);
        return 0;
    case LWS_CALLBACK_RECEIVE_CLIENT_HTTP:
        return lws_http_client_read(wsi, &p, &room) < 0 ? -1 : 0;
    case LWS_CALLBACK_RECEIVE_CLIENT_HTTP_READ:
        if (answer->length + len < sizeof(answer->body))
            memcpy(answer->body + answer->length, in, len);
        answer->length += len;
        return 0;
    case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
        /* Where a redirect leads nobody answers. */
    case LWS_CALLBACK_CLOSED_CLIENT_HTTP:
        answer->over = 1;
        return 0;
    default:
        return 0;
    }
}

static const struct lws_protocols protocols[] = {
    { "first", serve, 0, 0, 0, NULL, 0 },
    { "second", serve, 0, 0, 0, NULL, 0 },
    { "ask", ask, 0, 0, 0, NULL, 0 },
    LWS_PROTOCOL_LIST_TERM
};

static const struct lws_http_mount mount_moved = {
    .mountpoint = "/moved",
    .mountpoint_len = 6,
    .origin = "127.0.0.1:1/there",
    .origin_protocol = LWSMPRO_REDIR_HTTP
};

/* More than any buffer of a device. */
static char big[200000];

static const struct wm_rom_file files[] = {
    { "/rom/index.html", "<p>home</p>", 11 },
    { "/rom/text/big.txt", big, sizeof(big) },
    { "/rom/help/index.html", "<p>help</p>", 11 },
    { "/rom/empty.css", "", 0 },
    { NULL, NULL, 0 }
};

static const struct lws_http_mount mount_files = {
    .mount_next = &mount_moved,
    .mountpoint = "/files",
    .mountpoint_len = 6,
    .origin = "/rom",
    .def = "index.html",
    .origin_protocol = LWSMPRO_FILE,
    .cache_max_age = 60
};

static const struct lws_http_mount mount_second = {
    .mount_next = &mount_files,
    .mountpoint = "/second",
    .mountpoint_len = 7,
    .origin = "second",
    .protocol = "second",
    .origin_protocol = LWSMPRO_CALLBACK,
    .auth_mask = 3
};

static struct lws_context *context;
static int port;

static struct answer ask_for(const char *method, const char *host, const char *path) {
    struct lws_client_connect_info info;
    struct answer answer;
    int passes;

    memset(&answer, 0, sizeof(answer));
    memset(&info, 0, sizeof(info));
    info.context = context;
    info.address = "127.0.0.1";
    info.host = host;
    info.port = port;
    info.path = path;
    info.method = method;
    info.local_protocol_name = "ask";
    info.userdata = &answer;
    check(lws_client_connect_via_info(&info));
    for (passes = 0; !answer.over; passes++) {
        check(passes < 3000);
        check(lws_service(context, 10) == 0);
    }
    return answer;
}

static struct answer get(const char *host, const char *path) {
    return ask_for("GET", host, path);
}

static struct lws_vhost *add(const char *name, const struct lws_http_mount *mounts) {
    struct lws_context_creation_info info;
    struct lws_vhost *vhost;

    memset(&info, 0, sizeof(info));
    info.port = port;
    info.vhost_name = name;
    info.ka_time = 60;
    info.protocols = protocols;
    info.mounts = mounts;
    vhost = lws_create_vhost(context, &info);
    check(vhost && lws_get_vhost_by_name(context, name) == vhost);
    return vhost;
}

static void *cancel(void *unused) {
    (void)unused;
    lws_cancel_service(context);
    return NULL;
}

static void serve_files(void) {
    struct answer answer;

    wm_rom_files(files);
    answer = get("second.example", "/files/");
    check(answer.status == 200 && !strcmp(answer.body, "<p>home</p>") && !strcmp(answer.type, "text/html"));
    answer = get("second.example", "/files/text/big.txt");
    check(answer.status == 200 && answer.length == sizeof(big) && !strcmp(answer.type, "text/plain"));
    answer = ask_for("HEAD", "second.example", "/files/text/big.txt");
    check(answer.status == 200 && !answer.length);
    answer = get("second.example", "/files/empty.css");
    check(answer.status == 200 && !answer.length && !strcmp(answer.type, "text/css"));
    answer = get("second.example", "/files/help/");
    check(answer.status == 200 && !strcmp(answer.body, "<p>help</p>") && !strcmp(answer.type, "text/html"));
    /* What is not there the first protocol is asked for, by its whole path. */
    check(strstr(get("second.example", "/files/none").body, "[second.example first /files/none]"));
    check(get("second.example", "/files/../rom/index.html").status == 404);
    wm_rom_files(NULL);
    check(strcmp(get("second.example", "/files/index.html").body, "<p>home</p>"));
}

static void expect_page(struct answer answer, const char *part) {
    if (answer.status != 200 || !strstr(answer.body, part))
        fprintf(stderr, "%u %s, and not %s\n", answer.status, answer.body, part);
    check(answer.status == 200 && strstr(answer.body, part));
}

/* Heard by one interface alone: the device's only one, by address and by lwIP's name; and by one that is not there. */
static void by_interface(void) {
    static const char *const names[] = { "10.0.2.15", "wm0", "", "10.9.9.9", "wm7", "eth0:1", "no interface" };
    struct lws_context_creation_info info;
    struct lws_vhost *vhost;
    size_t at;
    int first = port;

    port = free_port();
    memset(&info, 0, sizeof(info));
    info.port = port;
    info.vhost_name = "interface.example";
    info.protocols = protocols;
    for (at = 0; at < sizeof(names) / sizeof(*names); at++) {
        info.iface = names[at];
        vhost = lws_create_vhost(context, &info);
        check(!vhost == (at > 3));
        if (!vhost)
            continue;
        check(!strcmp(lws_get_vhost_iface(vhost), names[at]));
        /* lwIP takes an address that it has not, and hears nobody there. */
        check(get("interface.example", "/").status == (at < 3 ? 200 : 0));
        lws_vhost_destroy(vhost);
        check(lws_service(context, 10) == 0);
    }
    port = first;
}

/* A port closes with its last virtual host, and opens with the next. */
static void close_and_open(struct lws_vhost *first, struct lws_vhost *guarded) {
    struct lws_context_creation_info info;
    int round;

    memset(&info, 0, sizeof(info));
    info.port = CONTEXT_PORT_NO_LISTEN;
    info.vhost_name = "clients";
    info.protocols = protocols;
    check(lws_create_vhost(context, &info));
    lws_vhost_destroy(first);
    expect_page(get("guarded.example", "/"), "[guarded.example first /]");
    lws_vhost_destroy(guarded);
    check(lws_service(context, 10) == 0);
    check(get("guarded.example", "/").status == 0);
    for (round = 0; round < 20; round++) {
        struct lws_vhost *again = add("again.example", &mount_second);

        expect_page(get("first.example", "/second/page"), "[again.example second /page]");
        lws_vhost_destroy(again);
        /* Before it is closed, and after. */
        if (round % 2)
            check(lws_service(context, 10) == 0);
    }
    check(get("again.example", "/").status == 0);
}

int main(void) {
    struct lws_context_creation_info info;
    struct lws_vhost *first, *second, *guarded;
    pthread_t thread;
    int passes, before;

    lws_set_log_level(LLL_ERR | LLL_WARN, NULL);
    port = free_port();
    memset(&info, 0, sizeof(info));
    info.options = LWS_SERVER_OPTION_EXPLICIT_VHOSTS;
    context = lws_create_context(&info);
    check(context);
    first = add("first.example", NULL);
    second = add("second.example", &mount_second);
    guarded = add("guarded.example", &mount_second);

    /* By the Host field; who names nobody gets the first. */
    expect_page(get("first.example", "/"), "[first.example first /]");
    expect_page(get("second.example", "/"), "[second.example first /]");
    expect_page(get("SECOND.example", "/page"), "[second.example first /page]");
    expect_page(get("other.example", "/"), "[first.example first /]");

    /* By the path; a mount is its virtual host's alone, and ends at a slash. */
    expect_page(get("second.example", "/second/page"), "[second.example second /page]");
    expect_page(get("first.example", "/second/page"), "[first.example first /second/page]");
    expect_page(get("second.example", "/secondary"), "[second.example first /secondary]");
    check(get("guarded.example", "/second/page").status == 401);
    check(get("second.example", "/second/login").status == 403);

    serve_files();

    /* A redirect leads where nobody listens. */
    check(get("second.example", "/moved").status != 200);

    /* Without it, its name belongs to nobody: at once, when the server has heard of its last client's end too. */
    check(begun == 2 && !ended);
    for (passes = 0; passes < 10; passes++)
        check(lws_service(context, 10) == 0);
    lws_vhost_destroy(second);
    check(ended == 2 && !lws_get_vhost_by_name(context, "second.example"));
    expect_page(get("second.example", "/second/page"), "[first.example first /second/page]");

    /* A wait without end ends when another thread says so. */
    before = woken;
    check(!pthread_create(&thread, NULL, cancel, NULL));
    for (passes = 0; woken == before; passes++) {
        check(passes < 100);
        check(lws_service(context, -1) == 0);
    }
    check(!pthread_join(thread, NULL));
    by_interface();
    close_and_open(first, guarded);
    lws_context_destroy(context);
    check(begun == 2 && ended == 2);
    return 0;
}
