#pragma once

#include "wm_types.h"

typedef enum { WM_IPADDR_TYPE_V4 = 0, WM_IPADDR_TYPE_V6 = 6, WM_IPADDR_TYPE_ANY = 46 } wm_ip_addr_type_t;

typedef struct {
    uint32_t addr[4];
    uint8_t zone;
} wm_ip6_addr_t;

typedef struct {
    uint32_t addr;
} wm_ip4_addr_t;

typedef struct {
    union {
        wm_ip6_addr_t ip6;
        wm_ip4_addr_t ip4;
    } u_addr;
    uint8_t type;
} wm_ip_addr_t;
