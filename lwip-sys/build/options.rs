//! The configuration as clang evaluated it: the enumerators of `enum lwip_option` in `wrapper.h`.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use bindgen::callbacks::{EnumVariantValue, IntKind, ParseCallbacks};

/// Names without their prefix, and values.
pub(crate) type Options = BTreeMap<String, i64>;

/// What every enumerator starts with: its bare name is a macro, so C could not declare it.
const PREFIX: &str = "OPTION_";

/// Renames the enumerators and remembers their values while bindgen visits them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Collector(Rc<RefCell<Options>>);

impl Collector {
    /// What was collected.
    pub(crate) fn into_options(self) -> Options {
        self.0.take()
    }
}

impl ParseCallbacks for Collector {
    fn enum_variant_name(&self, _: Option<&str>, original: &str, value: EnumVariantValue) -> Option<String> {
        if original.starts_with("ERR_") {
            return Some(format!("enumerator_{original}")); // src/error.rs gives these their name and type
        }
        let name = original.strip_prefix(PREFIX)?.to_string();
        let value = match value {
            EnumVariantValue::Signed(value) => value,
            EnumVariantValue::Unsigned(value) => i64::try_from(value).unwrap_or(i64::MAX),
            EnumVariantValue::Boolean(value) => value.into(),
        };
        self.0.borrow_mut().insert(name.clone(), value);
        Some(name)
    }

    /// Flags get the type of the parameter or field that they are made for.
    fn int_macro(&self, name: &str, _: i64) -> Option<IntKind> {
        let octets = [
            "TCP_WRITE_FLAG_",
            "TCP_PRIO_",
            "SOF_",
            "NETIF_FLAG_",
            "NETIF_MAX_HWADDR_LEN",
            "PBUF_FLAG_",
            "LWIP_DNS_ADDRTYPE_",
        ];
        octets.iter().any(|prefix| name.starts_with(prefix)).then_some(IntKind::U8)
    }
}
