/* The hardware's random number generator. */
#pragma once

#include "wm_dt.h"
#include "wm_types.h"

wm_device_t *wm_drv_rng_init(const char *dev_name);
int wm_drv_rng_read_bytes(wm_device_t *dev, void *buf, uint32_t len);
