//! Rust declarations of lwIP's raw API, for the target and the configuration at hand.

use std::env;
use std::path::PathBuf;

use bindgen::{Builder, Formatter};

use crate::error::BuildError;
use crate::locate::Tree;
use crate::options::{Collector, Options};
use crate::toolchain::Compiler;

/// What bindgen made.
pub(crate) struct Bound {
    /// The configuration.
    pub(crate) options: Options,
    /// C source of the wrappers around macros and inline functions.
    pub(crate) wrappers: PathBuf,
}

/// Functions and macros of lwIP, one line a header. What is not named here is not bound.
const FUNCTIONS: &[&str] = &[
    // lwip/init.h, lwip/timeouts.h
    "lwip_init|sys_check_timeouts|sys_timeouts_sleeptime|sys_restart_timeouts",
    // lwip/tcpip.h, lwip/priv/tcpip_priv.h, with NO_SYS=0
    "tcpip_init|tcpip_api_call|tcpip_callback|tcpip_callbackmsg_(new|trycallback)|(UN)?LOCK_TCPIP_CORE",
    // lwip/sys.h, with NO_SYS=0
    "sys_sem_(new|signal)|sys_arch_sem_wait",
    // lwip/tcp.h: life of a PCB
    "tcp_new|tcp_new_ip_type|tcp_bind|tcp_bind_netif|tcp_connect|tcp_listen_with_backlog(_and_err)?",
    "tcp_close|tcp_shutdown|tcp_abort|tcp_setprio|tcp_tcp_get_tcp_addrinfo",
    // lwip/tcp.h: callbacks
    "tcp_arg|tcp_recv|tcp_sent|tcp_err|tcp_accept|tcp_poll",
    // lwip/tcp.h: data
    "tcp_write(_room)?|tcp_segments_are_short|tcp_output|tcp_recved|tcp_mss|tcp_sndbuf|tcp_sndqueuelen|tcp_nagle_(disable|enable|disabled)",
    // lwip/tcp.h: backlog, keep-alive
    "tcp_backlog_(set|delayed|accepted)|tcp_keepalive_(enable|disable)",
    // lwip/udp.h
    "udp_new|udp_remove",
    // lwip/dns.h
    "dns_gethostbyname_addrtype|dns_setserver|dns_getserver",
    // lwip/dhcp.h
    "dhcp_(start|release_and_stop|cleanup|supplied_address)",
    // lwip/apps/sntp.h
    "sntp_(init|stop|setoperatingmode|setservername)",
    // lwip/priv/tcp_priv.h
    "tcp_process_refused_data",
    // lwip/ip.h
    "ip4_input|ip_input|ip_(set|reset|get)_option",
    // lwip/ip_addr.h
    "ip_addr_(isany|isloopback|ismulticast|islinklocal|cmp|octets|set_octets)|ip_any_type",
    "IP_IS_V[46]|ip_2_ip[46]",
    // lwip/pbuf.h
    "pbuf_alloc|pbuf_alloc_reference|pbuf_alloced_custom|pbuf_realloc|pbuf_free|pbuf_free_header|pbuf_ref",
    "pbuf_add_header|pbuf_remove_header|pbuf_cat|pbuf_chain|pbuf_dechain|pbuf_clen|pbuf_coalesce|pbuf_copy",
    "pbuf_copy_partial|pbuf_take|pbuf_take_at|pbuf_skip|pbuf_get_at|pbuf_put_at|pbuf_memcmp|pbuf_memfind",
    // lwip/netif.h
    "netif_add|netif_add_noaddr|netif_remove|netif_set_default|netif_set_addr|netif_get_by_index",
    "netif_set_(up|down|link_up|link_down|status_callback)|netif_is_(up|link_up)|netif_get_index",
    "netif_ip4_(addr|netmask|gw)|netif_ip_addr[46]|netif_ip6_addr|netif_ip6_addr_(state|set|set_state)",
    "netif_add_ip6_address|netif_create_ip6_linklocal_address|netif_set_ip6_autoconfig_enabled",
    // netif/ethernet.h, lwip/etharp.h, lwip/ethip6.h
    "ethernet_input|ethernet_output|etharp_output|etharp_gratuitous|ethip6_output",
];

/// Types that no bound function names.
const TYPES: &[&str] =
    &["lwip_option", "err_enum_t", "tcp_state", "pbuf_layer", "pbuf_type", "lwip_ip_addr_type"];

/// Globals and constants.
const VARIABLES: &[&str] = &[
    "TCP_(FIN|SYN|RST)|TCP_WRITE_FLAG_(COPY|MORE)|TCP_PRIO_(MIN|NORMAL|MAX)|TF_(ACK_DELAY|ACK_NOW|CLOSEPEND)|SOF_(REUSEADDR|KEEPALIVE)",
    "NETIF_FLAG_(UP|BROADCAST|LINK_UP|ETHARP|ETHERNET|IGMP|MLD6)|NETIF_MAX_HWADDR_LEN",
    "PBUF_FLAG_(PUSH|IS_CUSTOM|MCASTLOOP|LLBCAST|LLMCAST|TCP_FIN)",
    "LWIP_DNS_ADDRTYPE_IPV[46]|SNTP_OPMODE_POLL",
    "SYS_TIMEOUTS_SLEEPTIME_INFINITE|IP6_ADDR_(INVALID|TENTATIVE|VALID|PREFERRED|DEPRECATED|DUPLICATED)",
    "tcp_active_pcbs|tcp_tw_pcbs|netif_list|netif_default|ip_addr_any|ip_addr_any_type|lwip_stats",
];

/// Writes `bindings.rs` and the wrappers' C source to Cargo's output folder.
pub(crate) fn generate(tree: &Tree, compiler: &Compiler) -> Result<Bound, BuildError> {
    // bindgen panics without libclang.
    clang_sys::load().map_err(|_| BuildError::NoLibclang)?;
    let out_dir = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    let wrappers = out_dir.join("wrappers");
    let collector = Collector::default();
    let builder = allow(formatted(Builder::default()))
        .header("wrapper.h")
        .clang_args(clang_arguments(tree, compiler))
        .parse_callbacks(Box::new(collector.clone()))
        .wrap_static_fns(true)
        .wrap_static_fns_path(&wrappers);
    let bindings = builder.generate().map_err(|error| BuildError::Headers(error.to_string()))?;
    let path = out_dir.join("bindings.rs");
    bindings.write_to_file(&path).map_err(|error| BuildError::Write(path, error))?;
    println!("cargo::rerun-if-changed=wrapper.h");
    for variable in ["LIBCLANG_PATH", "BINDGEN_EXTRA_CLANG_ARGS"] {
        println!("cargo::rerun-if-env-changed={variable}");
    }
    Ok(Bound { options: collector.into_options(), wrappers: wrappers.with_extension("c") })
}

fn formatted(builder: Builder) -> Builder {
    builder
        .use_core()
        .ctypes_prefix("::core::ffi")
        .rust_edition(bindgen::RustEdition::Edition2024)
        .formatter(Formatter::Prettyplease)
        .prepend_enum_name(false)
        .generate_comments(false)
        .layout_tests(false)
        .derive_debug(false)
        // lwIP knows these by their address: a copy of one is never what is meant.
        .no_copy("netif|pbuf|tcp_hdr|tcp_pcb|tcp_pcb_listen|tcp_seg")
}

fn allow(builder: Builder) -> Builder {
    let builder = FUNCTIONS.iter().fold(builder, |builder, names| builder.allowlist_function(names));
    let builder = TYPES.iter().fold(builder, |builder, name| builder.allowlist_type(name));
    VARIABLES.iter().fold(builder, |builder, names| builder.allowlist_var(names))
}

fn clang_arguments(tree: &Tree, compiler: &Compiler) -> Vec<String> {
    let includes = tree.includes().flat_map(|folder| ["-isystem".to_string(), folder.display().to_string()]);
    let defines = tree.defines.iter().map(|define| format!("-D{define}"));
    includes.chain(defines).chain(compiler.clang_arguments()).collect()
}
