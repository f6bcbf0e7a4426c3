/* What the network manager's functions take and give. */
#pragma once

#include "wm_error.h"
#include "wm_ip_addr.h"
#include "wm_netif.h"

#define WIFI_STATION_NETIF_NAME "w_sta"
#define WIFI_SOFTAP_NETIF_NAME "w_ap"
#define WM_NM_INVALID_NETIF (-1)

typedef wm_netif_type_t wm_nm_netif_t;

typedef enum { WM_NM_DNS_MAIN, WM_NM_DNS_BACKUP } wm_nm_dns_type_t;

typedef enum {
    WM_NM_INIT,
    WM_NM_WIFI_STA_CONNECTING,
    WM_NM_WIFI_STA_CONNECTED,
    WM_NM_WIFI_STA_DISCONNECTED,
    WM_NM_WIFI_STA_GOT_IP,
    WM_NM_WIFI_STA_GOT_IP6,
    WM_NM_WIFI_STA_LOST_IP,
    WM_NM_WIFI_STA_LOST_IP6,
    WM_NM_WIFI_AP_READY,
    WM_NM_WIFI_AP_ASSIGNED_IP_ID,
    WM_NM_EXIT
} wm_nm_state_e;

typedef struct {
    wm_ip_addr_t ip, netmask, gw;
} wm_netif_ip_info_t;

typedef struct {
    const char *ssid, *password;
} wm_nm_wifi_station_cfg_t;

typedef struct {
    const char *ssid, *password;
} wm_nm_wifi_softap_cfg_t;
