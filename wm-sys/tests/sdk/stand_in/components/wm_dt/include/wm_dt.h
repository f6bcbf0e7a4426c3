/* Devices, by name. */
#pragma once

typedef struct wm_device wm_device_t;
