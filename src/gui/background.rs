//! What is made of runs and may take longer than a frame: at once of a small run, on a thread of its own of a large one.
//! Panels ask each frame for what they show of an entry, and say "computing…" until it is there.
//!
//! Invariant: of one entry only one thing of a kind is made at a time, then the newest that is wanted; what nobody wants
//! any more is broken off. One thread computes at a time: together they would only take each other's cores and memory.

use std::collections::BTreeMap;
use std::ops::{Deref, DerefMut};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crossbeam_channel::{Receiver, TryRecvError, bounded};
use eframe::egui::Context;

use crate::engine::session::{Entry, EntryId};
use crate::lang::Text;

/// Stands where something is still being made.
pub const COMPUTING: Text = Text::new("computing…", "calculando…");

/// Everything that is derived of a run with so many events fits into a frame.
const AT_ONCE_MAX: usize = 30_000;

/// Something made of each entry, as of a key.
pub struct Background<K, T: Send + 'static> {
    slots: BTreeMap<EntryId, Slot<K, T>>,
}

struct Slot<K, T: Send + 'static> {
    made: Option<(K, Held<T>)>,
    under_way: Option<(K, UnderWay<T>)>,
    /// Making it broke off, by a bug of ours: it is not tried for ever.
    broken: Option<K>,
}

/// Dropped, it is no longer wanted.
struct UnderWay<T> {
    wanted: Arc<AtomicBool>,
    arrived: Receiver<Option<T>>,
}

impl<T> Drop for UnderWay<T> {
    fn drop(&mut self) {
        self.wanted.store(false, Ordering::Relaxed);
    }
}

/// Asked now and then by whoever makes something: whether anybody still wants it.
pub type Wanted<'a> = &'a dyn Fn() -> bool;

impl<K, T: Send + 'static> Default for Background<K, T> {
    fn default() -> Self {
        Background { slots: BTreeMap::new() }
    }
}

impl<K: PartialEq, T: Send + 'static> Background<K, T> {
    /// Forgets what was made of other entries.
    pub fn keep_only(&mut self, entries: &[&Entry]) {
        self.slots.retain(|id, _| entries.iter().any(|entry| entry.id == *id));
    }

    /// Brings what is made of `entry` to `key`: now where the run is small, else as soon as it can be had. `make` yields
    /// nothing once nobody wants it.
    pub fn update(
        &mut self,
        entry: &Entry,
        key: K,
        ctx: &Context,
        make: impl FnOnce(Wanted<'_>) -> Option<T> + Send + 'static,
    ) {
        let slot = self.slots.entry(entry.id).or_insert(Slot { made: None, under_way: None, broken: None });
        slot.take_in();
        if slot.is_at(&key) || slot.broken.as_ref() == Some(&key) {
            return;
        }
        let large = entry.run.trace.len() > AT_ONCE_MAX || entry.run.trace.tasks() as usize > AT_ONCE_MAX;
        if !large {
            slot.under_way = None;
            slot.made = make(&|| true).map(|made| (key, Held::new(made, large)));
        } else if slot.under_way.is_none() {
            slot.under_way = start(ctx.clone(), make).map(|started| (key, started));
        }
    }

    /// Forgets what was made of an entry, where its key does not pass.
    pub fn keep_if(&mut self, id: EntryId, test: impl Fn(&K) -> bool) {
        if let Some(slot) = self.slots.get_mut(&id) {
            slot.made = slot.made.take().filter(|(key, _)| test(key));
        }
    }

    /// What was made last, and of which key: an outdated one until the newest is there.
    pub fn get(&self, id: EntryId) -> Option<(&K, &T)> {
        self.slots.get(&id)?.made.as_ref().map(|(key, made)| (key, &**made))
    }

    pub fn get_mut(&mut self, id: EntryId) -> Option<(&K, &mut T)> {
        self.slots.get_mut(&id)?.made.as_mut().map(|(key, made)| (&*key, &mut **made))
    }
}

impl<K: PartialEq, T: Send + 'static> Slot<K, T> {
    fn is_at(&self, key: &K) -> bool {
        self.made.as_ref().is_some_and(|(own, _)| own == key)
    }

    fn take_in(&mut self) {
        let Some((_, under_way)) = &self.under_way else { return };
        let arrived = match under_way.arrived.try_recv() {
            Err(TryRecvError::Empty) => return,
            Ok(made) => made,
            Err(TryRecvError::Disconnected) => None,
        };
        let (key, _) = self.under_way.take().expect("just seen");
        match arrived {
            Some(made) => self.made = Some((key, Held::new(made, true))),
            None => self.broken = Some(key),
        }
    }
}

/// `None` where the system refuses a thread: then it is tried again with the next frame.
fn start<T: Send + 'static>(
    ctx: Context,
    make: impl FnOnce(Wanted<'_>) -> Option<T> + Send + 'static,
) -> Option<UnderWay<T>> {
    static TURN: Mutex<()> = Mutex::new(());
    let (sender, arrived) = bounded(1);
    let wanted = Arc::new(AtomicBool::new(true));
    let own = Arc::clone(&wanted);
    let work = move || {
        let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        let is_wanted = || own.load(Ordering::Relaxed);
        let made = if is_wanted() { make(&is_wanted) } else { None };
        drop(turn);
        // Nobody receives what was given up.
        if sender.send(made).is_ok() {
            ctx.request_repaint();
        }
    };
    std::thread::Builder::new().name("tasklane-derive".into()).spawn(work).ok()?;
    Some(UnderWay { wanted, arrived })
}

/// Something whose memory, where it is much, is given back on another thread: that takes longer than a frame, too.
pub struct Held<T: Send + 'static> {
    held: Option<Box<T>>,
    large: bool,
}

impl<T: Send + 'static> Held<T> {
    pub fn new(value: T, large: bool) -> Self {
        Held { held: Some(Box::new(value)), large }
    }
}

impl<T: Send + 'static> Deref for Held<T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.held.as_ref().expect("held until it is dropped")
    }
}

impl<T: Send + 'static> DerefMut for Held<T> {
    fn deref_mut(&mut self) -> &mut T {
        self.held.as_mut().expect("held until it is dropped")
    }
}

impl<T: Send + 'static> Drop for Held<T> {
    fn drop(&mut self) {
        if self.large
            && let Some(held) = self.held.take()
        {
            // Where no thread can be made it is dropped right here, with the closure.
            drop(std::thread::Builder::new().name("tasklane-drop".into()).spawn(move || drop(held)));
        }
    }
}
