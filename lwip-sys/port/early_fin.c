/*
 * lwIP cuts the last segment of a connection that is closed, where the peer's window is smaller than that, and leaves its FIN on the first
 * part (tcp_split_unsent_seg, 2.1.3 to 2.2.1): the peer takes the connection for ended before it has the rest.
 */
#include "lwip/opt.h"

#include "lwip/priv/tcp_priv.h"

void lwip_port_drop_early_fin(const struct pbuf *segment, struct tcp_hdr *header, const struct tcp_pcb *pcb) {
    u32_t length = segment->tot_len - TCPH_HDRLEN_BYTES(header);
    u32_t end = lwip_ntohl(header->seqno) + length;

    /* It belongs to the last of what was ever queued: lwIP counts it where it is a segment of its own. */
    if (pcb != NULL && end != pcb->snd_lbb && !(length == 0 && end + 1 == pcb->snd_lbb))
        TCPH_UNSET_FLAG(header, TCP_FIN);
}
