//! lwIP, the port and the wrappers as static libraries.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use crate::bind::Bound;
use crate::error::BuildError;
use crate::locate::Tree;
use crate::options::Options;
use crate::toolchain::base_build;

/// lwIP's core: what TCP over IP needs in any configuration.
const CORE: &[&str] = &[
    "def.c",         // byte order and string helpers
    "dns.c",         // host names, empty unless LWIP_DNS
    "inet_chksum.c", // the Internet checksum
    "init.c",        // lwip_init, and the checks of the configuration
    "ip.c",          // IPv4 and IPv6 behind one face
    "mem.c",         // lwIP's heap, here the way to wm_port_malloc
    "netif.c",       // network interfaces
    "pbuf.c",        // packet buffers
    "stats.c",       // counters, empty unless LWIP_STATS
    "sys.c",         // sys_msleep and locking helpers, empty with NO_SYS
    "tcp.c",         // TCP: connections and timers
    "tcp_in.c",      // TCP: what arrives
    "tcp_out.c",     // TCP: what leaves
    "timeouts.c",    // the one list of timers
    "udp.c",         // empty unless LWIP_UDP
];

/// IPv4. Not here, because nothing in this configuration uses them: autoip.c, igmp.c.
const IPV4: &[&str] = &[
    "acd.c",      // is an address taken already? Empty unless LWIP_ACD; 2.2 only
    "dhcp.c",     // addresses from a server, empty unless LWIP_DHCP
    "etharp.c",   // neighbours on Ethernet
    "icmp.c",     // answers to ping
    "ip4.c",      // input, output, routing
    "ip4_addr.c", // addresses
    "ip4_frag.c", // empty unless IP_FRAG or IP_REASSEMBLY
];

/// IPv6. Not here: dhcp6.c, because addresses come from router advertisements; inet6.c, which is empty.
const IPV6: &[&str] = &[
    "ethip6.c",   // IPv6 on Ethernet
    "icmp6.c",    // answers to ping, and the messages of neighbour discovery
    "ip6.c",      // input, output, routing
    "ip6_addr.c", // addresses
    "ip6_frag.c", // empty unless LWIP_IPV6_FRAG or LWIP_IPV6_REASS
    "mld6.c",     // multicast groups, which neighbour discovery joins
    "nd6.c",      // neighbours, routers, stateless address configuration
];

/// This crate's own C.
const PORT: &[&str] = &["port/diag.c"];

/// Compiles whatever the features ask for.
pub(crate) fn run(tree: &Tree, bound: &Bound) -> Result<(), BuildError> {
    wrappers(tree, bound)?;
    if env::var_os("CARGO_FEATURE_EXTERNAL").is_some() {
        return Ok(());
    }
    println!("cargo::rerun-if-changed=port");
    port(tree, &bound.options)?;
    lwip(tree, &bound.options)
}

fn lwip(tree: &Tree, options: &Options) -> Result<(), BuildError> {
    let mut build = base_build(tree);
    // Paths in assertions start at lwIP's tree, not at this machine's root.
    build.flag_if_supported(format!("-fmacro-prefix-map={}=lwip", tree.src.display()));
    build.files(files(&tree.src.join("core"), CORE));
    build.files(files(&tree.src.join("core/ipv4"), IPV4));
    if is_set(options, "LWIP_IPV6") {
        build.files(files(&tree.src.join("core/ipv6"), IPV6));
    }
    if !is_set(options, "LWIP_PORT_MEMP") {
        build.file(tree.src.join("core/memp.c"));
    }
    if !is_set(options, "NO_SYS") {
        build.file(tree.src.join("api/tcpip.c"));
    }
    build.file(tree.src.join("netif/ethernet.c"));
    if is_set(options, "LWIP_SNTP") {
        build.file(tree.src.join("apps/sntp/sntp.c"));
    }
    compile(&build, "lwip")
}

fn port(tree: &Tree, options: &Options) -> Result<(), BuildError> {
    let mut build = strict(base_build(tree));
    build.flag_if_supported(format!("-fmacro-prefix-map={}=lwip-sys", manifest_dir().display()));
    build.files(PORT);
    if is_set(options, "LWIP_PORT_MEMP") {
        build.file("port/memp.c");
    }
    compile(&build, "lwip_port")
}

/// The wrappers that bindgen wrote, and the proof that clang and the C compiler lay out lwIP's structures
/// alike.
fn wrappers(tree: &Tree, bound: &Bound) -> Result<(), BuildError> {
    let path = bound.wrappers.with_file_name("layout.c");
    fs::write(&path, layout_proof(&bound.options)).map_err(|error| BuildError::Write(path.clone(), error))?;
    let mut build = strict(base_build(tree));
    // A macro may ignore its argument, depending on the configuration.
    build.flag("-Wno-unused-parameter");
    build.include(manifest_dir()).file(&bound.wrappers).file(&path);
    compile(&build, "lwip_wrappers")
}

/// One assertion for each size and offset among the options.
fn layout_proof(options: &Options) -> String {
    let mut proof = String::from("#include \"wrapper.h\"\n");
    let layout =
        options.iter().filter(|(name, _)| name.starts_with("SIZEOF_") || name.starts_with("OFFSETOF_"));
    for (name, value) in layout {
        proof.push_str(&format!(
            "_Static_assert((int)OPTION_{name} == {value}, \"clang and the C compiler differ in {name}\");\n"
        ));
    }
    proof
}

/// For C of our own; lwIP's headers are system headers to it.
fn strict(mut build: cc::Build) -> cc::Build {
    build.warnings(true).extra_warnings(true).warnings_into_errors(true);
    build
}

fn compile(build: &cc::Build, library: &str) -> Result<(), BuildError> {
    build.try_compile(library).map_err(|_| BuildError::Compile)
}

/// Those of the files that this tree has: versions differ.
fn files(folder: &Path, names: &[&str]) -> Vec<PathBuf> {
    names.iter().map(|name| folder.join(name)).filter(|path| path.is_file()).collect()
}

pub(crate) fn is_set(options: &Options, name: &str) -> bool {
    options.get(name).is_some_and(|value| *value != 0)
}

fn manifest_dir() -> PathBuf {
    PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default())
}
