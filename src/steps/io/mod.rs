//! What an `io` step really does: wait for a timer, ask a server, copy a file, commit transactions.
//!
//! Called by `steps` with the drawn time; stamps the task's IO and what follows it. A timer's IO ends at its due time,
//! other IO where its completion is stamped: by the server that answered, or by the thread that did the work. From then
//! on the task is ready, however late it gets its thread back. A timeout begins with the IO, so waiting for a free
//! connection or for a thread to block on does not count into it.
//!
//! Invariant: nothing here outlives a cancel by more than one transaction: sockets are closed by the server, sleeps and
//! loops listen to the run's stop switch.

mod file;
mod folder;
mod http;
mod server;
mod sqlite;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use super::advance::Timer;
use super::cancel::Cancel;
use super::{Broken, Carried};
use crate::clock;
use crate::host;
use crate::record;
use crate::scenario::check::for_each_step;
use crate::scenario::{Scenario, Step, Via};
use crate::time::{Nanos, write_duration};
use crate::trace::{Cause, Peer, Resource, State};
pub use folder::sweep_leftovers;
pub use http::CONNECTIONS_MAX;
use http::Client;
use server::Server;
use sqlite::Databases;

/// Descriptors that are left to everything but connections and files: standard streams, event queues, a window, and for
/// each core the kernel's records of its context switches.
pub fn descriptors_spare() -> u64 {
    48 + u64::from(host::cores())
}

/// What the IO steps of one run work with; made before t = 0, only what the scenario uses.
pub struct Devices {
    /// The server and its client, or why there are none.
    web: Option<Result<Web, String>>,
    databases: Databases,
    /// The server's CPU time, when it is over.
    server_cpu: Mutex<Option<Nanos>>,
    cancel: Arc<Cancel>,
}

/// The way to the server.
struct Web {
    /// `None` in a worker process: the server is its parent's.
    server: Option<Server>,
    address: SocketAddr,
    client: Client,
}

/// What a worker process needs to work with its parent's devices.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ShippedDevices {
    web: Option<Result<SocketAddr, String>>,
    /// The folder of the databases.
    databases: Option<Result<PathBuf, String>>,
}

/// One `io` step, drawn.
#[derive(Clone, Copy, Debug)]
pub struct Wanted {
    pub time: Nanos,
    pub via: Via,
    pub timeout: Option<Nanos>,
}

/// How an IO came to its end.
struct Over {
    /// When; from then on the task could go on.
    ticks: u64,
    how: Result<(), Trouble>,
}

#[derive(Debug, PartialEq, Eq)]
enum Trouble {
    Cancelled,
    TimedOut,
    /// With the reason.
    Failed(String),
}

/// The ticks between which an IO takes place.
#[derive(Clone, Copy)]
struct Span {
    begin: u64,
    due: u64,
    /// When the step's `timeout` has passed.
    deadline: Option<u64>,
}

impl Devices {
    /// Starts the server and makes the folder that the scenario needs. What the system refuses here is the reason that
    /// the tasks fail with.
    pub fn new(scenario: &Scenario, cancel: &Arc<Cancel>) -> Self {
        let uses = |via: Via| {
            let mut found = false;
            for group in &scenario.groups {
                for_each_step(&group.steps, &mut |step| {
                    found |= matches!(step, Step::Io { via: own, .. } if *own == via);
                });
            }
            found
        };
        let web = uses(Via::Http).then(|| {
            // Both ends of a connection are ours.
            let connections = host::raise_descriptor_limit().saturating_sub(descriptors_spare()) / 2;
            let server = Server::start(cancel).map_err(|error| format!("the server could not start: {error}"))?;
            let address = server.address();
            let client = Client::new(address, usize::try_from(connections).unwrap_or(usize::MAX));
            Ok(Web { server: Some(server), address, client })
        });
        if uses(Via::File) || uses(Via::Sqlite) {
            host::raise_descriptor_limit();
        }
        let databases = Databases::new(uses(Via::Sqlite));
        Devices { web, databases, server_cpu: Mutex::default(), cancel: Arc::clone(cancel) }
    }

    pub fn to_ship(&self) -> ShippedDevices {
        let web = self.web.as_ref().map(|web| web.as_ref().map(|web| web.address).map_err(Clone::clone));
        ShippedDevices { web, databases: self.databases.folder() }
    }

    /// The parent's devices, for a worker process that does one task at a time: one connection is enough. The folder
    /// stays the parent's, who removes it with whatever a killed process has left there.
    pub fn from_shipped(shipped: ShippedDevices, cancel: &Arc<Cancel>) -> Self {
        let web = |address| Web { server: None, address, client: Client::new(address, 1) };
        Devices {
            web: shipped.web.map(|address| address.map(web)),
            databases: Databases::in_folder(shipped.databases),
            server_cpu: Mutex::default(),
            cancel: Arc::clone(cancel),
        }
    }

    #[cfg(test)]
    pub fn of_nothing() -> Self {
        let (databases, cancel) = (Databases::new(false), Arc::default());
        Devices { web: None, databases, server_cpu: Mutex::default(), cancel }
    }

    /// Whether futures need the network.
    pub fn has_network(&self) -> bool {
        self.web.is_some()
    }

    /// Takes the server away, as a fault to be tried: whoever asks it from now on fails with the reason.
    pub fn stop_server(&self) {
        if let Some(Ok(Web { server: Some(server), .. })) = &self.web
            && let Some(cpu) = server.stop()
        {
            *self.server_cpu.lock().unwrap_or_else(PoisonError::into_inner) = Some(cpu);
        }
    }

    /// The run is over: stops the server and leaves nothing behind. Returns the CPU time the server took, if there was
    /// one.
    pub fn close(&self) -> Option<Nanos> {
        self.stop_server();
        self.databases.close();
        *self.server_cpu.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn client(&self) -> Result<&Client, Trouble> {
        match self.web.as_ref().expect("made for every scenario that asks a server") {
            Ok(web) => Ok(&web.client),
            Err(reason) => Err(Trouble::Failed(reason.clone())),
        }
    }

    /// Repeats one fixed transaction on this thread until the time has passed.
    fn transact(&self, via: Via, span: Span) -> Over {
        match via {
            Via::File => match file::Copying::new() {
                Ok(mut copying) => self.repeat(span, || copying.transact()),
                Err(reason) => Over::failed(reason),
            },
            Via::Sqlite => match self.databases.take() {
                Ok(mut database) => {
                    let over = self.repeat(span, || database.transact());
                    self.databases.give_back(database);
                    over
                }
                Err(reason) => Over::failed(reason),
            },
            Via::Timer | Via::Http => unreachable!("these only wait"),
        }
    }

    fn repeat(&self, span: Span, mut transact: impl FnMut() -> Result<(), String>) -> Over {
        loop {
            if self.cancel.is_cancelled() {
                return Over { ticks: clock::ticks(), how: Err(Trouble::Cancelled) };
            }
            if let Err(reason) = transact() {
                return Over::failed(reason);
            }
            let now = clock::ticks();
            match span.deadline {
                Some(deadline) if now > deadline => return Over { ticks: deadline, how: Err(Trouble::TimedOut) },
                _ if now >= span.due => return Over { ticks: now, how: Ok(()) },
                _ => {}
            }
        }
    }
}

impl Over {
    fn failed(reason: String) -> Self {
        Over { ticks: clock::ticks(), how: Err(Trouble::Failed(reason)) }
    }
}

impl Span {
    fn new(wanted: Wanted) -> Self {
        Span::beginning(clock::ticks(), wanted)
    }

    fn beginning(begin: u64, wanted: Wanted) -> Self {
        let after = |time: Nanos| begin.saturating_add(clock::ticks_in(time));
        Span { begin, due: after(wanted.time), deadline: wanted.timeout.map(after) }
    }

    /// When a timer of it fires, and what that means.
    fn timer(&self) -> Over {
        match self.deadline {
            Some(deadline) if deadline < self.due => Over { ticks: deadline, how: Err(Trouble::TimedOut) },
            _ => Over { ticks: self.due, how: Ok(()) },
        }
    }

    /// An answer that was given at that tick, in time or not.
    fn answered(&self, ticks: u64) -> Over {
        match self.deadline {
            Some(deadline) if ticks > deadline => Over { ticks: deadline, how: Err(Trouble::TimedOut) },
            _ => Over { ticks, how: Ok(()) },
        }
    }

    fn ended(&self, answer: Result<u64, Trouble>) -> Over {
        match answer {
            Ok(ticks) => self.answered(ticks),
            Err(Trouble::TimedOut) => Over { ticks: self.deadline.unwrap_or(self.due), how: Err(Trouble::TimedOut) },
            Err(trouble) => Over { ticks: clock::ticks(), how: Err(trouble) },
        }
    }
}

impl Carried<'_> {
    /// IO by a call that holds the thread.
    pub(super) fn do_io(&self, wanted: Wanted) -> Result<(), Broken> {
        let client = self.connecting(wanted.via);
        if let Some(client) = client {
            self.wait_for_place(client)?;
        }
        // An interpreter lets go of its lock first and calls then: what that takes is not computing any more.
        let mut span = Span::new(wanted);
        record::stamp_at(span.begin, self.task, State::Io, Cause::Blocking, Peer::NONE);
        if self.gil.is_some() {
            self.let_gil_go();
            span = Span::new(wanted);
        }
        // Sending takes a worker process some microseconds: of the wait that has begun, not before it.
        record::flush();
        let over = match wanted.via {
            Via::Timer => {
                let over = span.timer();
                self.cancel.sleep_until(over.ticks)?;
                over
            }
            Via::Http => span.ended(self.devices.client().and_then(|client| client.ask(wanted.time, wanted.timeout))),
            via => self.devices.transact(via, span),
        };
        if let Some(client) = client {
            client.places().give_back(self.task);
        }
        self.back_from_io(wanted, over, Cause::NoCore).map(drop)
    }

    /// IO begins at `begin`, by a timer that lends the thread to others.
    pub(super) fn begin_timer(&self, begin: u64, wanted: Wanted) -> Timer {
        record::stamp_at(begin, self.task, State::Io, Cause::None, Peer::NONE);
        let after = wanted.timeout.map_or(wanted.time, |limit| limit.min(wanted.time));
        Timer { due: begin.saturating_add(clock::ticks_in(after)), fires: clock::instant_after(begin, after) }
    }

    /// The timer of that step, which was due then, has fired.
    pub(super) fn end_timer(&self, wanted: Wanted, due: u64) -> Result<u64, Broken> {
        let how = match wanted.timeout {
            Some(limit) if limit < wanted.time => Err(Trouble::TimedOut),
            _ => Ok(()),
        };
        self.back_from_io(wanted, Over { ticks: due, how }, Cause::Queued)
    }

    /// IO other than by a timer that lends the thread to others.
    ///
    /// # Errors
    /// [`Broken`] says what ends the task here.
    pub async fn await_io(&self, wanted: Wanted) -> Result<u64, Broken> {
        match wanted.via {
            Via::Timer => unreachable!("a timer needs nothing of ours to be awaited"),
            Via::Http => self.await_answer(wanted).await,
            Via::File | Via::Sqlite => self.await_transactions(wanted).await,
        }
    }

    async fn await_answer(&self, wanted: Wanted) -> Result<u64, Broken> {
        let client = self.connecting(wanted.via);
        if let Some(client) = client {
            self.await_place(client).await?;
        }
        let span = Span::new(wanted);
        record::stamp_at(span.begin, self.task, State::Io, Cause::None, Peer::NONE);
        let over = match self.devices.client() {
            Ok(client) => span.ended(client.ask_async(wanted.time, wanted.timeout).await),
            Err(trouble) => span.ended(Err(trouble)),
        };
        if let Some(client) = client {
            client.places().give_back(self.task);
        }
        self.back_from_io(wanted, over, Cause::Queued)
    }

    /// There is no awaiting a disk: async code hands such calls to threads that may block, and so does this.
    async fn await_transactions(&self, wanted: Wanted) -> Result<u64, Broken> {
        record::stamp(self.task, State::Ready, Cause::Queued);
        let (devices, task) = (Arc::clone(self.devices), self.task);
        let blocking = tokio::task::spawn_blocking(move || {
            let span = Span::new(wanted);
            record::stamp_at(span.begin, task, State::Running, Cause::None, Peer::NONE);
            record::stamp_at(span.begin, task, State::Io, Cause::None, Peer::NONE);
            record::flush();
            let over = devices.transact(wanted.via, span);
            if over.how != Err(Trouble::Cancelled) {
                record::stamp_at(over.ticks, task, State::Ready, Cause::Queued, Peer::NONE);
            }
            record::flush();
            over
        });
        let how = match blocking.await {
            Ok(over) => over.how,
            Err(error) => Err(Trouble::Failed(error.to_string())),
        };
        self.go_on(clock::ticks(), wanted, how)
    }

    /// The client whose connections are counted, when the step needs one.
    fn connecting(&self, via: Via) -> Option<&Client> {
        (via == Via::Http).then(|| self.devices.client().ok()).flatten()
    }

    fn wait_for_place(&self, client: &Client) -> Result<(), Broken> {
        let asked = clock::ticks();
        let Some(slot) = client.places().take() else { return Ok(()) };
        record::stamp_at(asked, self.task, State::Blocked, Cause::Connection, Peer::NONE);
        record::flush();
        self.let_gil_go();
        let served = slot.wait(self.cancel);
        if self.cancel.is_cancelled() {
            return Err(Broken::Cancelled);
        }
        self.woken(served, Resource::NONE, Cause::NoCore)?;
        Ok(())
    }

    async fn await_place(&self, client: &Client) -> Result<(), Broken> {
        let asked = clock::ticks();
        let Some(slot) = client.places().take() else { return Ok(()) };
        record::stamp_at(asked, self.task, State::Blocked, Cause::Connection, Peer::NONE);
        let served = slot.served().await;
        if self.cancel.is_cancelled() {
            return Err(Broken::Cancelled);
        }
        self.woken(served, Resource::NONE, Cause::Queued)?;
        Ok(())
    }

    /// The thread has the task again, since when is returned: it was ready since the IO was over, and lacked what is said.
    fn back_from_io(&self, wanted: Wanted, over: Over, lacks: Cause) -> Result<u64, Broken> {
        if self.cancel.is_cancelled() {
            return Err(Broken::Cancelled);
        }
        let now = clock::ticks();
        record::woken(now);
        record::stamp_at(over.ticks.min(now), self.task, State::Ready, lacks, Peer::NONE);
        self.go_on(now, wanted, over.how)
    }

    fn go_on(&self, now: u64, wanted: Wanted, how: Result<(), Trouble>) -> Result<u64, Broken> {
        if self.cancel.is_cancelled() || how == Err(Trouble::Cancelled) {
            return Err(Broken::Cancelled);
        }
        let since = self.take_gil(now, Cause::None, Peer::NONE)?;
        match how {
            Ok(()) => Ok(since),
            Err(Trouble::Failed(reason)) => {
                record::say(self.task, format!("IO failed: {reason}"));
                Err(Broken::Failed(Cause::IoError))
            }
            Err(_) => {
                let limit = wanted.timeout.map(write_duration).unwrap_or_default();
                record::say(self.task, format!("timed out: the IO was not over within {limit}"));
                Err(Broken::Failed(Cause::Timeout))
            }
        }
    }
}
