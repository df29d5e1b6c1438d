//! What a pool has and had.

use super::class::Class;
use super::declaration::{Declaration, FreeBlocks, area};
use core::fmt;
use core::marker::PhantomData;

/// What a pool has and had, class by class. As text it is a table.
///
/// While others take blocks and give them back, each number is right for some moment, but not all for the same.
///
/// ```
/// use sostenuto_mem::pool::{Pool, pool};
///
/// pool! {
///     struct Synth { u32: 4, [f32; 64]: 2 }
/// }
///
/// let note = Synth::alloc(60_u32).unwrap();
/// drop((Synth::alloc([0.0_f32; 64]), Synth::alloc([0.0_f32; 64]), Synth::alloc([0.0_f32; 64])));
/// assert_eq!(
///     Synth::report().to_string(),
///     "`Synth`: 528 B
///     block  count   live   peak failed
///       4 B      4      1      1      0  u32
///     256 B      2      0      2      1  [f32; 64]
/// "
/// );
///
/// // Before the program ends, nothing should be left.
/// for leak in Synth::report().leaks() {
///     println!("{leak}");
/// }
/// # drop(note);
/// ```
pub struct Report<P>(PhantomData<(P, NotSent)>);

/// The report of a local pool stays where its owner is.
type NotSent = *mut ();

/// What a class of a pool has and had.
#[derive(Debug, Clone, Copy)]
pub struct ClassReport<P> {
    /// The class.
    pub class: Class,
    /// How many blocks are taken.
    pub live: usize,
    /// How many were taken at once at most.
    pub peak: usize,
    /// How often no block was left.
    pub failed: usize,
    index: usize,
    pool: PhantomData<P>,
}

impl<P: Declaration> Report<P> {
    pub(super) const fn new() -> Self {
        Self(PhantomData)
    }

    /// Each class, the smallest blocks first.
    pub fn classes(&self) -> impl Iterator<Item = ClassReport<P>> {
        (0..P::CLASSES.len()).map(ClassReport::new)
    }

    /// The classes with blocks that are taken: at the end of a program, what was not given back. Each says so as text.
    pub fn leaks(&self) -> impl Iterator<Item = ClassReport<P>> {
        self.classes().filter(|class| class.live > 0)
    }

    /// How many blocks are taken, of all classes.
    #[must_use]
    pub fn live(&self) -> usize {
        self.classes().map(|class| class.live).sum()
    }

    /// How often no block was left, of all classes.
    #[must_use]
    pub fn failed(&self) -> usize {
        self.classes().map(|class| class.failed).sum()
    }

    /// The class whose blocks hold a value of a type, if there is one.
    #[must_use]
    pub fn class_of<T>(&self) -> Option<ClassReport<P>> {
        let index = P::class_of(size_of::<T>(), align_of::<T>());
        (index < P::CLASSES.len()).then(|| ClassReport::new(index))
    }
}

impl<P: Declaration> ClassReport<P> {
    fn new(index: usize) -> Self {
        let (area, free) = (area::<P>(index), P::free(index));
        Self {
            class: *area.class,
            live: free.live(area),
            peak: free.peak(area),
            failed: free.failed(area),
            index,
            pool: PhantomData,
        }
    }

    /// The declared types whose values are in such blocks, as they were written.
    pub fn types(&self) -> impl Iterator<Item = &'static str> {
        let index = self.index;
        P::DECLARED
            .iter()
            .filter(move |declared| declared.class_in::<P>() == index)
            .map(|declared| declared.name)
    }

    fn write_types(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.types()
            .enumerate()
            .try_for_each(|(i, name)| write!(f, "{}{name}", if i > 0 { ", " } else { "" }))
    }
}

impl<P: Declaration> fmt::Display for ClassReport<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { class, live, .. } = self;
        write!(f, "`{}`: {live} of {} blocks of {} B are taken (", P::NAME, class.count, class.bytes)?;
        self.write_types(f)?;
        write!(f, ")")
    }
}

impl<P: Declaration> fmt::Display for Report<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "`{}`: {} B", P::NAME, P::BYTES)?;
        writeln!(f, "{:>9} {:>6} {:>6} {:>6} {:>6}", "block", "count", "live", "peak", "failed")?;
        self.classes().try_for_each(|row| {
            let Class { bytes, count, .. } = row.class;
            write!(f, "{bytes:>7} B {count:>6} {:>6} {:>6} {:>6}  ", row.live, row.peak, row.failed)?;
            row.write_types(f)?;
            writeln!(f)
        })
    }
}

impl<P: Declaration> fmt::Debug for Report<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
