//! The C half of the C API: its header as Rust types, its variadic functions compiled.

use std::env;
use std::path::PathBuf;

/// Rust declares what the header does; src/capi defines the functions, and compares each with its declaration.
pub(crate) fn build() {
    for path in ["build/capi.rs", "include", "src/capi/variadic.c"] {
        println!("cargo::rerun-if-changed={path}");
    }
    bind();
    cc::Build::new().file("src/capi/variadic.c").include("include").std("c99").compile("wm_capi_variadic");
}

fn bind() {
    let arguments = env::var("DEP_LWIP_CLANG_ARGUMENTS").unwrap_or_default();
    let builder = bindgen::Builder::default()
        .header("include/libwebsockets.h")
        .clang_args(
            arguments.split('\t').filter(|argument| !argument.is_empty() && *argument != "-ffreestanding"),
        )
        .allowlist_file(".*/(lws/[a-z]+|lws_config)\\.h")
        // Sockets' own types: only their bytes matter.
        .opaque_type("sockaddr.*|addrinfo")
        .blocklist_function("lwsl?_log|_lws_log.*|lws_snprintf")
        .use_core()
        .ctypes_prefix("::core::ffi")
        .rust_edition(bindgen::RustEdition::Edition2024)
        .prepend_enum_name(false)
        .generate_comments(false)
        .derive_debug(false);
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("Cargo sets OUT_DIR")).join("capi.rs");
    match builder.generate() {
        Ok(bindings) => bindings.write_to_file(&out).expect("OUT_DIR can be written to"),
        Err(error) => println!("cargo::error=include/libwebsockets.h: {error}"),
    }
}
