/*
 * What a mount says of whom it serves and for how long others may keep it: a folder behind a file of logins, a protocol that is asked
 * itself, a WebSocket behind a file of logins, files that may be kept and files that may not; and what its options say: that it is to be
 * called by its name, and by TLS alone.
 */
#include <libwebsockets.h>

#include "server.h"

static const struct wm_rom_file files[] = {
    { "logins", "ann:one\r\nbob:two\n", 17 },
    { "web/index.html", "page", 4 },
    { NULL, NULL, 0 }
};

/* Answers with the name that the client is known by. */
static int answer(struct lws *wsi) {
    char name[64] = "";

    lws_hdr_copy(wsi, name, sizeof(name), WSI_TOKEN_HTTP_AUTHORIZATION);
    if (lws_return_http_status(wsi, HTTP_STATUS_OK, name))
        return -1;
    return lws_http_transaction_completed(wsi) ? -1 : 0;
}

static int callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len) {
    switch (reason) {
    case LWS_CALLBACK_VERIFY_BASIC_AUTHORIZATION:
        return len == 9 && !strcmp((const char *)in, "eve:three");
    case LWS_CALLBACK_HTTP:
        return answer(wsi);
    case LWS_CALLBACK_HTTP_BODY:
    case LWS_CALLBACK_HTTP_BODY_COMPLETION:
        /* The clients send bodies only where they are not let in. */
        abort();
    default:
        return lws_callback_http_dummy(wsi, reason, user, in, len);
    }
}

static const struct lws_protocols protocols[] = {
    { "http", callback, 0, 0, 0, NULL, 0 },
    { "open", callback, 0, 0, 0, NULL, 0 },
    { "guarded", callback, 0, 0, 0, NULL, 0 },
    LWS_PROTOCOL_LIST_TERM
};

static const struct lws_protocol_vhost_options logins = { NULL, NULL, "basic-auth", "logins" };
static const struct lws_protocol_vhost_options guarded = { NULL, &logins, "guarded", "" };
static const struct lws_protocol_vhost_options open_to_all = { &guarded, NULL, "open", "" };
static const struct lws_protocol_vhost_options options = { &open_to_all, NULL, "http", "" };

/* At `point`, of the kind and with the rest to be filled in. */
static void add(struct lws_http_mount *mount, const struct lws_http_mount *next, const char *point, const char *origin,
                enum lws_mount_protocols kind) {
    memset(mount, 0, sizeof(*mount));
    mount->mount_next = next;
    mount->mountpoint = point;
    mount->mountpoint_len = (unsigned char)strlen(point);
    mount->origin = origin;
    mount->origin_protocol = (unsigned char)kind;
}

int main(int argc, const char **argv) {
    static struct lws_http_mount mounts[7];
    struct lws_context_creation_info info;

    wm_rom_files(files);
    add(&mounts[0], &mounts[1], "/free", "web", LWSMPRO_FILE);
    add(&mounts[1], &mounts[2], "/listed", "web", LWSMPRO_FILE);
    mounts[1].basic_auth_login_file = "logins";
    add(&mounts[2], &mounts[3], "/asked", "http", LWSMPRO_CALLBACK);
    mounts[2].auth_mask = LWSAUTHM_BASIC_AUTH_CALLBACK;
    add(&mounts[3], &mounts[4], "/lost", "web", LWSMPRO_FILE);
    mounts[3].basic_auth_login_file = "no-such-file";
    add(&mounts[4], &mounts[5], "/kept", "web", LWSMPRO_FILE);
    mounts[4].cache_max_age = 60;
    mounts[4].cache_reusable = 1;
    add(&mounts[5], &mounts[6], "/shared", "web", LWSMPRO_FILE);
    mounts[5].cache_max_age = 60;
    mounts[5].cache_reusable = 1;
    mounts[5].cache_revalidate = 1;
    mounts[5].cache_intermediaries = 1;
    add(&mounts[6], NULL, "/aged", "web", LWSMPRO_FILE);
    mounts[6].cache_max_age = 60;
    prepare(&info, argc, argv);
    info.protocols = protocols;
    info.pvo = &options;
    info.vhost_name = "guarded.example";
    info.options = LWS_SERVER_OPTION_VHOST_UPG_STRICT_HOST_CHECK | LWS_SERVER_OPTION_STS;
    info.mounts = mounts;
    return serve(lws_create_context(&info), 1000);
}
