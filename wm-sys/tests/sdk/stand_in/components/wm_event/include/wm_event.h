/* Events, which one task hands to whoever asked for their group. A group is known by the address of its name. */
#pragma once

#include "wm_types.h"

#define WM_EVENT_DECLARE_GROUP(group) extern wm_event_group_t const group
#define WM_EVENT_DEFINE_GROUP(group) wm_event_group_t const group = #group
#define WM_EVENT_ANY_TYPE -1

typedef const char *wm_event_group_t;
typedef void (*wm_event_callback)(wm_event_group_t group, int event, void *data, void *priv);

int wm_event_add_callback(wm_event_group_t group, int event, wm_event_callback callback, void *priv);
int wm_event_remove_callback(wm_event_group_t group, int event, wm_event_callback callback, void *priv);
int wm_event_send(wm_event_group_t group, int event, void *data, size_t size);
