//! What is made of runs and may take longer than a frame: at once of a small run, on a thread of its own of a large one.
//! Panels ask each frame for what they show of an entry, and say "computing…" until it is there.
//!
//! Invariant: of one entry only one thing of a kind is made at a time, then the newest that is wanted; what nobody wants
//! any more is broken off. One thread computes at a time: together they would only take each other's cores and memory. What
//! may take long has a turn of its own, so that no picture waits for it.

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

/// Whose turn it is to compute.
type Turn = Mutex<()>;

/// Of what panels show, and of what may take long.
static TURN: Turn = Mutex::new(());
static TURN_APART: Turn = Mutex::new(());

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
        let large = entry.run.trace.len() > AT_ONCE_MAX || entry.run.trace.tasks() as usize > AT_ONCE_MAX;
        self.bring(entry.id, key, ctx, large.then_some(&TURN), make);
    }

    /// The same of what may take long, however small the run: never at once.
    pub fn update_apart(
        &mut self,
        id: EntryId,
        key: K,
        ctx: &Context,
        make: impl FnOnce(Wanted<'_>) -> Option<T> + Send + 'static,
    ) {
        self.bring(id, key, ctx, Some(&TURN_APART), make);
    }

    fn bring(
        &mut self,
        id: EntryId,
        key: K,
        ctx: &Context,
        turn: Option<&'static Turn>,
        make: impl FnOnce(Wanted<'_>) -> Option<T> + Send + 'static,
    ) {
        let slot = self.slots.entry(id).or_insert(Slot { made: None, under_way: None, broken: None });
        slot.take_in();
        if slot.is_at(&key) || slot.broken.as_ref() == Some(&key) {
            return;
        }
        let Some(turn) = turn else {
            slot.under_way = None;
            slot.made = make(&|| true).map(|made| (key, Held::new(made, false)));
            return;
        };
        if slot.under_way.is_none() {
            slot.under_way = start(ctx.clone(), turn, make).map(|started| (key, started));
        }
    }

    /// Breaks off what is being made; it is begun again with the next update.
    pub fn pause(&mut self) {
        self.slots.values_mut().for_each(|slot| slot.under_way = None);
    }

    pub fn is_under_way(&self, id: EntryId) -> bool {
        self.slots.get(&id).is_some_and(|slot| slot.under_way.is_some())
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
    turn: &'static Turn,
    make: impl FnOnce(Wanted<'_>) -> Option<T> + Send + 'static,
) -> Option<UnderWay<T>> {
    let (sender, arrived) = bounded(1);
    let wanted = Arc::new(AtomicBool::new(true));
    let own = Arc::clone(&wanted);
    let work = move || {
        let turn = turn.lock().unwrap_or_else(PoisonError::into_inner);
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

#[cfg(test)]
mod tests {
    use std::sync::Barrier;
    use std::sync::atomic::AtomicUsize;

    use super::*;
    use crate::engine::session::{EntryProgress, planned};
    use crate::engine::{Request, default_cores};
    use crate::model::ModelChoice;
    use crate::scenario::{Engine, read};

    fn entry(tasks: u32) -> Entry {
        let text = format!(
            "format = 1\ntitle = \"t\"\nmodels = [\"sequential\"]\n[[task]]\nname = \"a\"\ncount = {tasks}\nsteps = [{{ cpu = \"0ms\" }}]\n"
        );
        let scenario = Arc::new(read::read("t.toml", &text).unwrap_or_else(|problems| panic!("{problems}")));
        let request = Request {
            scenario_id: "t".into(),
            choice: ModelChoice::new(scenario.models[0].model),
            scenario,
            variant: None,
            cores: default_cores(Engine::Simulated),
            seed: 1,
            repeat: 0,
            engine: Engine::Simulated,
            costs: None,
        };
        Entry { progress: EntryProgress::Over, ..planned(&[request], 1).remove(0) }
    }

    const LARGE: u32 = 100_000;

    /// Asks as panels do, frame by frame, until it is there.
    fn wait_for(made: &mut Background<u64, u64>, entry: &Entry, key: u64) {
        while made.get(entry.id).is_none_or(|(own, _)| *own != key) {
            made.update(entry, key, &Context::default(), move |_| Some(10 * key));
            std::thread::yield_now();
        }
        assert_eq!(made.get(entry.id), Some((&key, &(10 * key))));
    }

    #[test]
    fn small_runs_are_there_at_once_and_large_ones_later() {
        let mut made: Background<u64, u64> = Background::default();
        let small = entry(10);
        made.update(&small, 1, &Context::default(), |_| Some(10));
        assert_eq!(made.get(small.id), Some((&1, &10)));
        let large = entry(LARGE);
        let ready = Arc::new(Barrier::new(2));
        let mut made: Background<u64, u64> = Background::default();
        let waits = Arc::clone(&ready);
        made.update(&large, 1, &Context::default(), move |_| {
            waits.wait();
            Some(10)
        });
        assert_eq!(made.get(large.id), None);
        ready.wait();
        wait_for(&mut made, &large, 1);
    }

    #[test]
    fn the_newest_wins_and_what_was_there_stays_until_then() {
        let mut made: Background<u64, u64> = Background::default();
        let large = entry(LARGE);
        wait_for(&mut made, &large, 1);
        let (ready, begun) = (Arc::new(Barrier::new(2)), Arc::new(AtomicUsize::new(0)));
        for key in 2..10 {
            let (waits, count) = (Arc::clone(&ready), Arc::clone(&begun));
            made.update(&large, key, &Context::default(), move |_| {
                count.fetch_add(1, Ordering::Relaxed);
                waits.wait();
                Some(10 * key)
            });
            assert_eq!(made.get(large.id), Some((&1, &10)));
        }
        ready.wait();
        wait_for(&mut made, &large, 9);
        assert_eq!(begun.load(Ordering::Relaxed), 1, "one at a time");
    }

    #[test]
    fn no_picture_waits_for_what_takes_long() {
        let large = entry(LARGE);
        let mut apart: Background<u64, u64> = Background::default();
        let over = Arc::new(Barrier::new(2));
        let ends = Arc::clone(&over);
        apart.update_apart(large.id, 1, &Context::default(), move |_| {
            ends.wait();
            None
        });
        wait_for(&mut Background::default(), &large, 1);
        assert!(apart.is_under_way(large.id));
        over.wait();
    }

    #[test]
    fn what_nobody_wants_any_more_is_broken_off() {
        let mut made: Background<u64, u64> = Background::default();
        let large = entry(LARGE);
        let (begun, over) = (Arc::new(Barrier::new(2)), Arc::new(Barrier::new(2)));
        let (begins, ends) = (Arc::clone(&begun), Arc::clone(&over));
        made.update(&large, 1, &Context::default(), move |wanted| {
            begins.wait();
            while wanted() {
                std::thread::yield_now();
            }
            ends.wait();
            None
        });
        begun.wait();
        made.keep_only(&[]);
        over.wait();
        assert_eq!(made.get(large.id), None);
    }
}
