#pragma once

#include "lwipopts.h"
#include "wm_ip_addr.h"

typedef enum { WM_NETIF_TYPE_WIFI_STA, WM_NETIF_TYPE_WIFI_AP, WM_NETIF_TYPE_MAX } wm_netif_type_t;
