/* The network manager: Wi-Fi, address and name servers in one. Starting is asynchronous. */
#pragma once

#include "wm_event.h"
#include "wm_nm_def.h"

WM_EVENT_DECLARE_GROUP(WM_NM_EV);

int wm_nm_start_wifi_station(wm_nm_wifi_station_cfg_t *cfg);
wm_nm_state_e wm_nm_get_wifi_station_state(void);
int wm_nm_stop_wifi_station(void);
int wm_nm_start_wifi_softap(wm_nm_wifi_softap_cfg_t *cfg);
wm_nm_state_e wm_nm_get_wifi_softap_state(void);
int wm_nm_stop_wifi_softap(void);

wm_nm_netif_t wm_nm_get_netif(void);
wm_nm_netif_t wm_nm_get_netif_by_name(const char *name);
int wm_nm_get_netif_ip_info(wm_nm_netif_t netif, wm_netif_ip_info_t *ip_info);
int wm_nm_get_netif_ip6_global(wm_nm_netif_t netif, wm_ip6_addr_t *ip6);
int wm_nm_set_dns(wm_nm_dns_type_t type, wm_ip_addr_t *dns);
int wm_nm_get_dns(wm_nm_dns_type_t type, wm_ip_addr_t *dns);
