/* Linked lists: the nodes lie in the application's own objects. */
#ifndef LWS_LIST_H
#define LWS_LIST_H

#include "base.h"

LWS_C_BEGIN

/* ---- Doubly linked, with an owner that counts ---------------------------------------------------------- */

typedef struct lws_dll2 lws_dll2_t;
typedef struct lws_dll2_owner lws_dll2_owner_t;

/* A node. All zero: in no list. */
struct lws_dll2 {
    struct lws_dll2 *prev;
    struct lws_dll2 *next;
    struct lws_dll2_owner *owner;
};

/* A list. All zero: empty. */
struct lws_dll2_owner {
    struct lws_dll2 *tail;
    struct lws_dll2 *head;
    uint32_t count;
};

typedef int (*lws_dll2_foreach_cb_t)(struct lws_dll2 *d, void *user);

/* Whether the node is in no list. */
int lws_dll2_is_detached(const struct lws_dll2 *d);

static inline const struct lws_dll2_owner *lws_dll2_owner(const struct lws_dll2 *d) { return d->owner; }
static inline struct lws_dll2 *lws_dll2_get_head(struct lws_dll2_owner *owner) { return owner->head; }
static inline struct lws_dll2 *lws_dll2_get_tail(struct lws_dll2_owner *owner) { return owner->tail; }

/* Adding a node that is in a list already does nothing. */
void lws_dll2_add_head(struct lws_dll2 *d, struct lws_dll2_owner *owner);
void lws_dll2_add_tail(struct lws_dll2 *d, struct lws_dll2_owner *owner);

/* In front of `after`, a node of some list. */
void lws_dll2_add_before(struct lws_dll2 *d, struct lws_dll2 *after);

/* In front of the first node that is not less: `compare` is that of qsort. */
void lws_dll2_add_sorted(lws_dll2_t *d, lws_dll2_owner_t *own,
                         int (*compare)(const lws_dll2_t *d, const lws_dll2_t *i));
void lws_dll2_add_sorted_priv(lws_dll2_t *d, lws_dll2_owner_t *own, void *priv,
                              int (*compare3)(void *priv, const lws_dll2_t *d, const lws_dll2_t *i));

/* Takes a node out; one that is in no list stays so. */
void lws_dll2_remove(struct lws_dll2 *d);

void lws_dll2_clear(struct lws_dll2 *d);
void lws_dll2_owner_clear(struct lws_dll2_owner *d);

/* Calls `cb` for each node, which it may take out; ends with 1 when it does not return 0. */
int lws_dll2_foreach_safe(struct lws_dll2_owner *owner, void *user, lws_dll2_foreach_cb_t cb);

#define lws_start_foreach_dll(type, it, start) \
    {                                          \
        type it = start;                       \
        while (it) {
#define lws_end_foreach_dll(it) \
            it = (it)->next;    \
        }                       \
    }
#define lws_start_foreach_dll_safe(type, it, following, start) \
    {                                                          \
        type it = start;                                       \
        while (it) {                                           \
            type following = (it)->next;
#define lws_end_foreach_dll_safe(it, following) \
            it = following;                     \
        }                                       \
    }

/* ---- Singly linked, from a pointer to the first -------------------------------------------------------- */

#define lws_start_foreach_ll(type, it, start) \
    {                                         \
        type it = start;                      \
        while (it) {
#define lws_end_foreach_ll(it, next_member) \
            it = (it)->next_member;         \
        }                                   \
    }
#define lws_start_foreach_ll_safe(type, it, start, next_member) \
    {                                                           \
        type it = start;                                        \
        while (it) {                                            \
            type next_##it = (it)->next_member;
#define lws_end_foreach_ll_safe(it) \
            it = next_##it;         \
        }                           \
    }

/* The same by the pointer that points to each: what it points to can be taken out on the way. */
#define lws_start_foreach_llp(type, it, start) \
    {                                          \
        type it = &(start);                    \
        while (*(it)) {
#define lws_end_foreach_llp(it, next_member) \
            it = &(*(it))->next_member;      \
        }                                    \
    }
#define lws_start_foreach_llp_safe(type, it, start, next_member) \
    {                                                            \
        type it = &(start);                                      \
        type next_##it;                                          \
        while (*(it)) {                                          \
            next_##it = &(*(it))->next_member;
#define lws_end_foreach_llp_safe(it) \
            it = next_##it;          \
        }                            \
    }

#define lws_ll_fwd_insert(object, next_member, first) \
    {                                                 \
        (object)->next_member = first;                \
        first = object;                               \
    }
#define lws_ll_fwd_remove(type, next_member, object, first)       \
    {                                                             \
        lws_start_foreach_llp(type **, link_to_object, first) {   \
            if (*link_to_object == (object)) {                    \
                *link_to_object = (*link_to_object)->next_member; \
                break;                                            \
            }                                                     \
        }                                                         \
        lws_end_foreach_llp(link_to_object, next_member);         \
    }

/* ---- Singly linked, by a member that points to the next one's ------------------------------------------- */

typedef void *lws_list_ptr;

/* More, equal or less than 0, as of qsort. */
typedef int (*lws_list_ptr_sort_func_t)(lws_list_ptr a, lws_list_ptr b);

#define lws_list_ptr_container(pointer, type, member) lws_container_of(pointer, type, member)
#define lws_list_ptr_advance(pointer) _lws_list_ptr_next((void **)&(pointer))
static inline void _lws_list_ptr_next(void **pointer) { *pointer = *(void **)*pointer; }

/* Puts the member `add` into the list, in front of the first that is not less; without `sort` in front of all. */
void lws_list_ptr_insert(lws_list_ptr *phead, lws_list_ptr *add, lws_list_ptr_sort_func_t sort);

LWS_C_END

#endif
