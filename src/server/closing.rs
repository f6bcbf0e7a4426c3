//! The end of a port, or of everything: nobody new gets in, and those who are connected are let go in order.

use super::connection::{Connection, Fate};
use super::context::Context;
use super::head_buffer::HeadBuffer;
use super::role::Role;
use super::routes::Routes;
use super::services::Shared;
use super::table::ConnectionId;
use super::transport::Transport;
use super::visit::Owner;
use crate::ws::CloseCode;

impl Context {
    /// Closes a port: whoever waits there to be accepted is reset, and those who are connected are let go.
    ///
    /// A request that is being served is answered, with `Connection: close` if the response was not begun, and then its connection ends; a
    /// connection between two requests, or with a stream of events, ends at once. WebSockets are closed as "going away" (1001), raw
    /// connections hung up once everything was sent. This takes some passes of [`service`](Self::service), and no longer than the
    /// [`Limits`](super::Limits) let it take at any time; then what served the port is dropped. It may be opened anew at once.
    ///
    /// False: it was not open.
    ///
    /// ```
    /// use wm_websockets::server::{Context, Routes, StartError};
    ///
    /// /// The pages that ask for the password of the network are no longer needed.
    /// fn end_of_setup(context: &mut Context, product: Routes) -> Result<(), StartError> {
    ///     context.close_port(80);
    ///     context.listen(80, product)
    /// }
    /// ```
    pub fn close_port(&mut self, port: u16) -> bool {
        let Some(number) = self.position(port) else { return false };
        self.close_listener(number);
        true
    }

    /// Closes all ports, and ends all clients likewise: their WebSockets are closed as "going away", their requests taken back, and
    /// they begin nothing any more.
    ///
    /// [`Counters::connections`](super::Counters::connections) tells how many are left.
    ///
    /// ```no_run
    /// use core::time::Duration;
    /// use wm_websockets::server::Context;
    ///
    /// /// Before the new firmware starts, in the task's loop: a handler can only note that it is time. Who has not parted within five
    /// /// seconds is cut off with the context.
    /// fn part(mut context: Context) {
    ///     context.shut_down();
    ///     let end = wm_sys::now() + Duration::from_secs(5);
    ///     while context.counters().connections > 0 && wm_sys::now() < end {
    ///         context.service(Duration::from_millis(100));
    ///     }
    /// }
    /// ```
    pub fn shut_down(&mut self) {
        for number in 0..self.ports.len() {
            self.close_listener(number);
        }
        #[cfg(feature = "client")]
        self.close_clients();
    }

    #[cfg(feature = "client")]
    fn close_clients(&mut self) {
        self.shared.clients.stop();
        for index in self.shared.table.indices() {
            let client = self.shared.table.get_mut(index).filter(|connection| connection.client.is_some());
            if let Some(id) = client.map(|connection| connection.id) {
                self.services().with_connection(id, |shared, transport, role| {
                    Some(say_goodbye(shared, transport, role, id))
                });
            }
        }
    }

    fn close_listener(&mut self, number: usize) {
        let Some(listener) = self.ports.get_mut(number).and_then(|port| port.listener.take()) else { return };
        self.shared.stack.enter(|core| listener.close(core));
        for index in self.shared.table.indices() {
            if self.shared.table.get_mut(index).is_some_and(|connection| connection.came_by(number)) {
                self.let_go(index);
            }
        }
        self.clear_ports = Some(Context::clear_ports);
    }

    fn let_go(&mut self, index: u16) {
        let securing = |connection: &mut Connection| matches!(connection.role, Role::Securing(_));
        if self.shared.table.get_mut(index).is_some_and(securing) {
            return self.end(index, Fate::Abort);
        }
        let Some(mut connection) = self.shared.table.take(index) else { return };
        let Some(port) = self.ports.get_mut(usize::from(connection.listener)) else { return };
        connection.let_go(&mut self.shared, Owner::from(&mut port.routes));
        self.services().give_back(connection);
    }

    /// Drops what served ports that are closed, once nobody is connected there any more. Gives the place of one.
    fn clear_ports(&mut self) -> Option<usize> {
        let mut vacant = None;
        for number in 0..self.ports.len() {
            let is_used = self.has_clients_of(number);
            let Some(port) = self.ports.get_mut(number).filter(|port| port.listener.is_none()) else {
                continue;
            };
            if !is_used {
                (port.routes, port.tls) = (Routes::new(), None);
                vacant = Some(number);
            }
        }
        vacant
    }

    /// Whether somebody is connected who came by this port.
    pub(super) fn has_clients_of(&self, number: usize) -> bool {
        self.shared.table.iter().any(|(_, connection)| connection.came_by(number))
    }
}

impl Connection {
    /// Whether it came in by this port.
    fn came_by(&self, number: usize) -> bool {
        #[cfg(feature = "client")]
        if self.client.is_some() {
            return false;
        }
        usize::from(self.listener) == number
    }

    fn let_go(&mut self, shared: &mut Shared, owner: Owner<'_>) {
        let (id, mut head_buffer) = (self.id, HeadBuffer::default());
        let (mut visit, role) = self.around(shared, owner, &mut head_buffer);
        if !say_goodbye(visit.shared, visit.transport, role, id) {
            role.end(&mut visit);
        }
        self.transport.wake(shared);
    }
}

/// Lets a connection come to its end. False: there is nothing that has to be said or done first.
fn say_goodbye(shared: &mut Shared, transport: &mut Transport, role: &mut Role, id: ConnectionId) -> bool {
    match role {
        Role::Http(http) => return http.finish(),
        Role::WebSocket(websocket) => {
            // Without room for the frame, or if one was sent already, the deadline for the peer's ends it.
            websocket.socket(shared, transport, id).close(CloseCode::GOING_AWAY, "").ok();
        }
        #[cfg(feature = "raw")]
        Role::Raw(raw) => raw.socket(shared, transport, id).hang_up(),
        #[cfg(feature = "client")]
        Role::Client(_) => transport.wake(shared),
        Role::Linger(_) | Role::Securing(_) => {}
    }
    true
}
