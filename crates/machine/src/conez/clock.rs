//! Virtual time: it passes when a patch waits, and with the sound.

/// The time of the device, in microseconds from its start, and what is to happen when.
#[derive(Debug)]
pub(super) struct Clock {
    now: u64,
    /// The time of the calendar at the start, in milliseconds from 1970.
    epoch: i64,
    /// When the patch is asked to stop; `None` as long as sound is made.
    end: Option<u64>,
    is_over: bool,
    /// Questions for the time or a parameter since it moved last.
    questions: u64,
    /// Texts that were printed since it moved last.
    prints: u64,
    /// What is set when, the earliest first.
    changes: Vec<Due>,
    next: usize,
}

/// A parameter that gets a value at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Due {
    /// In microseconds.
    pub(super) at: u64,
    pub(super) parameter: usize,
    pub(super) value: i32,
}

/// After so many questions in a row a patch counts as one that waits by asking, and each further one takes a millisecond.
const PATIENCE: u64 = 1_000;

/// After as many texts in a row, printing one takes so many microseconds.
const LINE: u64 = 100;

/// So many questions may come after the end.
const LAST_QUESTIONS: u64 = 100_000;

impl Clock {
    pub(super) fn new(epoch: i64, end: Option<u64>, mut changes: Vec<Due>) -> Clock {
        changes.sort_by_key(|due| due.at);
        Clock { now: 0, epoch, end, is_over: false, questions: 0, prints: 0, changes, next: 0 }
    }

    /// Microseconds from the start.
    pub(super) fn now(&self) -> u64 {
        self.now
    }

    /// Milliseconds from the start.
    pub(super) fn millis(&self) -> u64 {
        self.now / 1_000
    }

    /// Milliseconds from 1970.
    pub(super) fn epoch(&self) -> i64 {
        self.epoch.saturating_add_unsigned(self.millis())
    }

    /// Whether the patch is asked to stop.
    pub(super) fn is_over(&self) -> bool {
        self.is_over
    }

    /// From now on, the patch is asked to stop at this time, in microseconds, or never.
    pub(super) fn set_end(&mut self, end: Option<u64>) {
        self.end = end;
    }

    /// Goes to a time, or to the end if that is earlier, and sets the parameters that change until then.
    pub(super) fn go_to(&mut self, time: u64, parameters: &mut [i32]) {
        let until = self.end.map_or(time, |end| time.min(end)).max(self.now);
        while let Some(due) = self.changes.get(self.next).filter(|due| due.at <= until) {
            parameters[due.parameter] = due.value;
            self.next += 1;
        }
        self.now = until;
        (self.questions, self.prints) = (0, 0);
        if self.end.is_some_and(|end| until >= end) {
            self.is_over = true;
            parameters[0] = 1;
        }
    }

    /// When the next parameter changes, if that is before the end.
    pub(super) fn next_change(&self) -> Option<u64> {
        let next = self.changes.get(self.next)?.at;
        (self.end.is_none_or(|end| next < end)).then_some(next)
    }

    /// Counts a question; false when there were too many after the end.
    pub(super) fn ask(&mut self, parameters: &mut [i32]) -> bool {
        let questions = self.questions + 1;
        if questions > PATIENCE && self.end.is_some() && !self.is_over {
            self.go_to(self.now + 1_000, parameters);
            // Who waits by asking goes on doing so.
            self.questions = PATIENCE;
        } else {
            self.questions = questions;
        }
        self.questions < LAST_QUESTIONS
    }

    /// Counts a text that is printed; false when there were too many after the end.
    pub(super) fn tell(&mut self, parameters: &mut [i32]) -> bool {
        let prints = self.prints + 1;
        if prints > PATIENCE && self.end.is_some() && !self.is_over {
            self.go_to(self.now + LINE, parameters);
            self.prints = PATIENCE;
        } else {
            self.prints = prints;
        }
        self.prints < LAST_QUESTIONS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_change_on_the_way_and_the_first_one_at_the_end() {
        let due = |at, value| Due { at, parameter: 3, value };
        let mut clock = Clock::new(1_000, Some(9_000), vec![due(5_000, 2), due(2_000, 1)]);
        let mut parameters = [0; 16];
        clock.go_to(2_000, &mut parameters);
        assert_eq!((parameters[3], clock.millis(), clock.epoch()), (1, 2, 1_002));
        clock.go_to(20_000, &mut parameters);
        assert_eq!((parameters[3], parameters[0], clock.millis(), clock.is_over()), (2, 1, 9, true));
    }

    #[test]
    fn who_prints_without_end_passes_time_until_it_is_stopped() {
        let mut clock = Clock::new(0, Some(1_000), Vec::new());
        let mut parameters = [0; 16];
        (0..PATIENCE).for_each(|_| assert!(clock.tell(&mut parameters)));
        assert_eq!(clock.now(), 0);
        (0..10).for_each(|_| assert!(clock.tell(&mut parameters)));
        assert_eq!((clock.now(), parameters[0]), (10 * LINE, 1));
        let after = (0..).take_while(|_| clock.tell(&mut parameters)).count() as u64;
        assert!(after < LAST_QUESTIONS);
    }

    #[test]
    fn who_only_asks_waits_a_millisecond_each_time() {
        let mut clock = Clock::new(0, Some(3_000), Vec::new());
        let mut parameters = [0; 16];
        (0..PATIENCE).for_each(|_| assert!(clock.ask(&mut parameters)));
        assert_eq!(clock.millis(), 0);
        (0..3).for_each(|_| assert!(clock.ask(&mut parameters)));
        assert_eq!((clock.millis(), parameters[0]), (3, 1));
        let after = (0..).take_while(|_| clock.ask(&mut parameters)).count() as u64;
        assert!(after < LAST_QUESTIONS);
    }
}
