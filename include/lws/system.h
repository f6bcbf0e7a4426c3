/* System states, captive portals. */
#ifndef LWS_SYSTEM_H
#define LWS_SYSTEM_H

#include "base.h"
#include "list.h"

LWS_C_BEGIN

struct lws_state_notify_link;
struct lws_state_manager;

/*
 * A state is about to change (`target` is where it leads): not zero postpones that. Or it has changed: then both are the new state, and
 * the result does not matter.
 */
typedef int (*lws_state_notify_t)(struct lws_state_manager *mgr, struct lws_state_notify_link *link, int current,
                                  int target);

typedef struct lws_state_notify_link {
    lws_dll2_t list;
    lws_state_notify_t notify_cb;
    const char *name;
} lws_state_notify_link_t;

typedef struct lws_state_manager {
    lws_dll2_owner_t notify_list;
    struct lws_context *context;
    void *parent;
    const char **state_names;
    const char *name;
    int state;
} lws_state_manager_t;

typedef enum lws_system_states_t {
    LWS_SYSTATE_UNKNOWN = 0,
    LWS_SYSTATE_CONTEXT_CREATED = 1,
    LWS_SYSTATE_INITIALIZED = 2,
    LWS_SYSTATE_IFACE_COLDPLUG = 3,
    LWS_SYSTATE_DHCP = 4,
    LWS_SYSTATE_CPD_PRE_TIME = 5,
    LWS_SYSTATE_TIME_VALID = 6,
    LWS_SYSTATE_CPD_POST_TIME = 7,
    LWS_SYSTATE_POLICY_VALID = 8,
    LWS_SYSTATE_REGISTERED = 9,
    LWS_SYSTATE_AUTH1 = 10,
    LWS_SYSTATE_AUTH2 = 11,
    LWS_SYSTATE_OPERATIONAL = 12,
    LWS_SYSTATE_POLICY_INVALID = 13,
    LWS_SYSTATE_CONTEXT_DESTROYING = 14
} lws_system_states_t;

typedef enum lws_cpd_result_t {
    LWS_CPD_UNKNOWN = 0,
    LWS_CPD_INTERNET_OK = 1,
    LWS_CPD_CAPTIVE_PORTAL = 2,
    LWS_CPD_NO_INTERNET = 3
} lws_cpd_result_t;

typedef struct lws_metric_pub lws_metric_pub_t;
typedef void (*lws_attach_cb_t)(struct lws_context *context, int tsi, void *opaque);

/* What the system does for the library. */
typedef struct lws_system_ops {
    int (*reboot)(void);
    int (*set_clock)(lws_usec_t us);
    int (*attach)(struct lws_context *context, int tsi, lws_attach_cb_t cb, lws_system_states_t state, void *opaque,
                  struct lws_attach_item **get);
    int (*captive_portal_detect_request)(struct lws_context *context);
    int (*metric_report)(lws_metric_pub_t *mdata);
    int (*jit_trust_query)(struct lws_context *cx, const uint8_t *skid, size_t skid_len, void *got_opaque);
    uint32_t wake_latency_us;
} lws_system_ops_t;

const lws_system_ops_t *lws_system_get_ops(struct lws_context *context);
lws_state_manager_t *lws_system_get_state_manager(struct lws_context *context);
struct lws_context *lws_system_context_from_system_mgr(lws_state_manager_t *mgr);

/* Has somebody told of changes of state, or no longer. */
void lws_state_reg_notifier(lws_state_manager_t *mgr, lws_state_notify_link_t *nl);
void lws_state_reg_deregister(lws_state_notify_link_t *nl);
void lws_state_reg_notifier_list(lws_state_manager_t *mgr, lws_state_notify_link_t *const *nl);

/* Goes to a state, at once or through all states before it. 0, or 1 when somebody postponed it. */
int lws_state_transition(lws_state_manager_t *mgr, int target);
int lws_state_transition_steps(lws_state_manager_t *mgr, int target);

/* Captive portals: the application's captive_portal_detect_request finds out, and says what it found. */
int lws_system_cpd_start(struct lws_context *context);
void lws_system_cpd_set(struct lws_context *context, lws_cpd_result_t result);
lws_cpd_result_t lws_system_cpd_state_get(struct lws_context *context);

LWS_C_END

#endif
