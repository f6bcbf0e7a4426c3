/*
 * Forms: POST /form answers with the fields "name" and "note", and with what came as the file "firmware": its name, its length and the sum of its
 * bytes. What is no form gets 400. At /arena the form is in memory that is freed at once, before somebody destroys it.
 */
#include <libwebsockets.h>

#include "server.h"

struct form {
    struct lws_spa *spa;
    struct lwsac *arena;
    char file_name[32];
    unsigned long length, sum;
    int opened, complete, closed, failed, is_in_arena;
};

static const char *const names[] = { "name", "note" };

static int upload(void *data, const char *name, const char *file_name, char *content, int length,
                  enum lws_spa_fileupload_states state) {
    struct form *form = (struct form *)data;

    if (strcmp(name, "firmware"))
        return strcmp(name, "poison") ? 0 : -1;
    switch (state) {
    case LWS_UFS_OPEN:
        form->opened++;
        lws_strncpy(form->file_name, file_name, sizeof(form->file_name));
        break;
    case LWS_UFS_CONTENT:
        form->length += (unsigned long)length;
        while (length)
            form->sum += (unsigned char)content[--length];
        break;
    case LWS_UFS_FINAL_CONTENT:
        form->complete++;
        break;
    case LWS_UFS_CLOSE:
        form->closed++;
        break;
    }
    return 0;
}

static const char *shown(struct form *form, int number) {
    const char *value = lws_spa_get_string(form->spa, number);

    if (value && strlen(value) != (size_t)lws_spa_get_length(form->spa, number))
        return "(a zero byte)";
    return value ? value : "(none)";
}

static int answer(struct lws *wsi, struct form *form) {
    char page[256];
    unsigned int status = HTTP_STATUS_OK;

    if (!form->spa || form->failed || lws_spa_finalize(form->spa)) {
        status = HTTP_STATUS_BAD_REQUEST;
        page[0] = 0;
    } else
        lws_snprintf(page, sizeof(page), "name=%s note=%s file=%s length=%lu sum=%lu %d%d%d", shown(form, 0), shown(form, 1),
                     form->file_name, form->length, form->sum, form->opened, form->complete, form->closed);
    if (form->arena)
        lwsac_free(&form->arena);
    else if (form->spa) {
        lws_spa_destroy(form->spa);
        form->spa = NULL;
    }
    if (lws_return_http_status(wsi, status, page))
        return -1;
    return lws_http_transaction_completed(wsi) ? -1 : 0;
}

static struct lws_spa *in_arena(struct lws *wsi, struct form *form) {
    lws_spa_create_info_t info;

    memset(&info, 0, sizeof(info));
    info.param_names = names;
    info.count_params = LWS_ARRAY_SIZE(names);
    info.max_storage = 64;
    info.opt_cb = upload;
    info.opt_data = form;
    info.ac = &form->arena;
    return lws_spa_create_via_info(wsi, &info);
}

static int callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len) {
    struct form *form = (struct form *)user;

    switch (reason) {
    case LWS_CALLBACK_HTTP:
        memset(form, 0, sizeof(*form));
        form->is_in_arena = !strcmp((const char *)in, "/arena");
        return lws_hdr_total_length(wsi, WSI_TOKEN_POST_URI) ? 0 : lws_callback_http_dummy(wsi, reason, user, in, len);
    case LWS_CALLBACK_HTTP_BODY:
        if (!form->spa)
            form->spa = form->is_in_arena ? in_arena(wsi, form) : lws_spa_create(wsi, names, LWS_ARRAY_SIZE(names), 64, upload, form);
        if (!form->spa)
            return -1;
        if (lws_spa_process(form->spa, (const char *)in, (int)len))
            form->failed = 1;
        return 0;
    case LWS_CALLBACK_HTTP_BODY_COMPLETION:
        return answer(wsi, form);
    case LWS_CALLBACK_HTTP_DROP_PROTOCOL:
        if (form && form->spa && lws_spa_destroy(form->spa) && !form->is_in_arena)
            abort();
        return 0;
    default:
        return lws_callback_http_dummy(wsi, reason, user, in, len);
    }
}

static const struct lws_protocols protocols[] = {
    { "http", callback, sizeof(struct form), 0, 0, NULL, 0 },
    LWS_PROTOCOL_LIST_TERM
};

int main(int argc, const char **argv) {
    struct lws_context_creation_info info;

    prepare(&info, argc, argv);
    info.protocols = protocols;
    return serve(lws_create_context(&info), 1000);
}
