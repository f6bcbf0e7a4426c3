//! The device: our server, or one of lwIP's own, on the same interface and in the same kind of main loop.

use wm_websockets::http::{Request, RouteError, Status};
use wm_websockets::net::{InterfaceConfig, Stack};
use wm_websockets::server::{Context, Delivery, Limits, Response, Routes};

#[cfg(feature = "capi")]
use crate::c_echo::CEcho;
use crate::echo::Echo;
use crate::link::Link;
use crate::measure::inside;

unsafe extern "C" {
    fn httpd_init();
    fn tcpecho_raw_init();
}

pub enum Device {
    /// Ours in C, on port 80.
    #[cfg(feature = "capi")]
    C(CEcho),
    /// Ours, on port 80.
    Ours(Box<Context>),
    /// lwIP's `httpd` on port 80 and `tcpecho_raw` on port 7.
    Baseline(Stack),
}

impl Device {
    fn ours(link: &Link) -> Self {
        let limits = Limits { connections: 128, ..Limits::default() };
        let mut context = Context::new(stack(link), limits).expect("there is memory");
        context.listen(80, routes().expect("sound routes")).expect("the port is free");
        Self::Ours(Box::new(context))
    }

    /// By the first part of a scenario's name.
    pub fn of(whose: &str, link: &Link) -> Self {
        match whose {
            "ours" => Self::ours(link),
            "baseline" => Self::baseline(link),
            #[cfg(feature = "capi")]
            "c" => Self::C(CEcho::start(link)),
            _ => panic!("whose is `{whose}`?"),
        }
    }

    /// Whether it speaks HTTP and WebSocket on port 80.
    pub fn speaks_websocket(&self) -> bool {
        !matches!(self, Self::Baseline(_))
    }

    fn baseline(link: &Link) -> Self {
        let mut stack = stack(link);
        // SAFETY: in lwIP's core context, once.
        stack.with_core(|_core| unsafe {
            httpd_init();
            tcpecho_raw_init();
        });
        Self::Baseline(stack)
    }

    /// What a main loop does between two waits.
    pub fn work(&mut self) {
        inside(|| self.pass());
    }

    fn pass(&mut self) {
        match self {
            #[cfg(feature = "capi")]
            Self::C(echo) => echo.work(),
            Self::Ours(context) => {
                while context.pass() {}
                context.sleep_time();
            }
            Self::Baseline(stack) => {
                while stack.poll() {}
                stack.sleep_time();
            }
        }
    }
}

fn stack(link: &Link) -> Stack {
    let mut stack = Stack::new().expect("the first one");
    stack.attach(Box::new(link.clone()), &InterfaceConfig::USER_NETWORK).expect("there is memory");
    stack
}

fn routes() -> Result<Routes, RouteError> {
    Routes::new()
        .get("/", |_request: &Request<'_>, response: &mut Response<'_>| {
            response.send_static(Status::OK, "text/plain", b"Hello, world!");
        })?
        .get("/copied", |_request: &Request<'_>, response: &mut Response<'_>| response.text("Hello, world!"))?
        .websocket("/messages", Echo(Delivery::Messages))?
        .websocket("/fragments", Echo(Delivery::Fragments))
}
