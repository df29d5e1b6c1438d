//! The date and the time of day, in UTC.

use sostenuto_vm::TrapKind;

use super::guest::Call;

/// A day of the Gregorian calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Date {
    year: i64,
    month: i64,
    day: i64,
    /// Days from 1970.
    days: i64,
}

const DAY_MS: i64 = 86_400_000;

/// Days from 1 March of a year 0 to 1 January 1970, and those of 400 years.
const TO_1970: i64 = 719_468;
const ERA: i64 = 146_097;

impl Date {
    pub(super) fn of_epoch(milliseconds: i64) -> Date {
        let days = milliseconds.div_euclid(DAY_MS);
        // Years begin in March here, so that the day that is sometimes there comes last.
        let (era, day) = ((days + TO_1970).div_euclid(ERA), (days + TO_1970).rem_euclid(ERA));
        let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
        let of_year = day - (365 * year + year / 4 - year / 100);
        let month = (5 * of_year + 2) / 153;
        let day = of_year - (153 * month + 2) / 5 + 1;
        let month = if month < 10 { month + 3 } else { month - 9 };
        Date { year: era * 400 + year + i64::from(month <= 2), month, day, days }
    }

    fn is_leap(self) -> bool {
        self.year % 4 == 0 && (self.year % 100 != 0 || self.year % 400 == 0)
    }

    fn of_year(self) -> i64 {
        let before = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334][self.month as usize - 1];
        before + self.day + i64::from(self.is_leap() && self.month > 2)
    }
}

/// A time in UTC, as milliseconds from 1970: `2025-06-21`, `2025-06-21T22:15` or `2025-06-21T22:15:30`, perhaps with a `Z` at
/// the end, or seconds from 1970.
///
/// ```
/// use sostenuto_machine::conez::epoch;
///
/// assert_eq!(epoch("2025-01-01T00:00:01Z"), Some(1_735_689_601_000));
/// assert_eq!(epoch("1735689601"), epoch("2025-01-01T00:00:01"));
/// assert_eq!(epoch("2025-02-29"), None);
/// ```
pub fn epoch(text: &str) -> Option<i64> {
    const YEARS: std::ops::RangeInclusive<i64> = 1..=9999;

    if let Ok(seconds) = text.parse::<i64>() {
        let milliseconds = seconds.checked_mul(1_000)?;
        return YEARS.contains(&Date::of_epoch(milliseconds).year).then_some(milliseconds);
    }
    let text = text.strip_suffix('Z').unwrap_or(text);
    let (date, time) = text.split_once(['T', ' ']).unwrap_or((text, "00:00"));
    let number = |text: &str, most: i64| {
        let number = text.parse().ok().filter(|_| text.bytes().all(|byte| byte.is_ascii_digit()));
        number.filter(|number| *number <= most)
    };
    let mut date = date.split('-');
    let (year, month, day) =
        (number(date.next()?, 9999)?, number(date.next()?, 12)?, number(date.next()?, 31)?);
    let mut time = time.split(':');
    let (hour, minute) = (number(time.next()?, 23)?, number(time.next()?, 59)?);
    let second = time.next().map_or(Some(0), |second| number(second, 59))?;
    if date.next().is_some() || time.next().is_some() {
        return None;
    }
    // The day before or after a guess that is right to some days.
    let guess = (year - 1970) * 365 + (year - 1969).div_euclid(4) - (year - 1901).div_euclid(100)
        + (year - 1601).div_euclid(400)
        + (month - 1) * 30
        + day
        - 1;
    let found = (guess - 3..=guess + 6).find(|days| {
        let date = Date::of_epoch(days * DAY_MS);
        (date.year, date.month, date.day) == (year, month, day)
    })?;
    Some(found * DAY_MS + ((hour * 60 + minute) * 60 + second) * 1_000)
}

impl Call<'_> {
    fn date(&mut self) -> Result<Date, TrapKind> {
        self.ask()?;
        Ok(Date::of_epoch(self.device.clock.epoch()))
    }

    /// Milliseconds since midnight.
    fn of_day(&mut self) -> Result<i64, TrapKind> {
        self.ask()?;
        Ok(self.device.clock.epoch().rem_euclid(DAY_MS))
    }
}

pub(super) fn get_year(call: &mut Call<'_>) -> Result<i32, TrapKind> {
    Ok(call.date()?.year as i32)
}

pub(super) fn get_month(call: &mut Call<'_>) -> Result<i32, TrapKind> {
    Ok(call.date()?.month as i32)
}

pub(super) fn get_day(call: &mut Call<'_>) -> Result<i32, TrapKind> {
    Ok(call.date()?.day as i32)
}

pub(super) fn get_hour(call: &mut Call<'_>) -> Result<i32, TrapKind> {
    Ok((call.of_day()? / 3_600_000) as i32)
}

pub(super) fn get_minute(call: &mut Call<'_>) -> Result<i32, TrapKind> {
    Ok((call.of_day()? / 60_000 % 60) as i32)
}

pub(super) fn get_second(call: &mut Call<'_>) -> Result<i32, TrapKind> {
    Ok((call.of_day()? / 1_000 % 60) as i32)
}

/// Sunday is 0; 1970 began with a Thursday.
pub(super) fn get_day_of_week(call: &mut Call<'_>) -> Result<i32, TrapKind> {
    Ok((call.date()?.days + 4).rem_euclid(7) as i32)
}

pub(super) fn get_day_of_year(call: &mut Call<'_>) -> Result<i32, TrapKind> {
    Ok(call.date()?.of_year() as i32)
}

pub(super) fn get_is_leap_year(call: &mut Call<'_>) -> Result<i32, TrapKind> {
    Ok(call.date()?.is_leap().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_have_the_dates_that_a_calendar_shows() {
        let date = |seconds: i64| {
            let date = Date::of_epoch(seconds * 1_000);
            (date.year, date.month, date.day, date.of_year(), date.is_leap())
        };
        assert_eq!(date(0), (1970, 1, 1, 1, false));
        assert_eq!(date(-1), (1969, 12, 31, 365, false));
        assert_eq!(date(951_782_400), (2000, 2, 29, 60, true));
        assert_eq!(date(951_868_800), (2000, 3, 1, 61, true));
        assert_eq!(date(1_735_689_599), (2024, 12, 31, 366, true));
        assert_eq!(date(4_107_542_400), (2100, 3, 1, 60, false));
    }

    #[test]
    fn each_day_is_read_as_it_is_written() {
        for days in (-719_162..2_932_897).step_by(13) {
            let Date { year, month, day, .. } = Date::of_epoch(days * DAY_MS);
            let text = format!("{year:04}-{month:02}-{day:02}T23:59:58Z");
            assert_eq!(epoch(&text), Some(days * DAY_MS + 86_398_000), "{text}");
        }
        let refused =
            ["", "2025", "2025-13-01", "2025-04-31", "2025-1-1T24:00", "2025-01-01T00:00:00:00", "x-1-1"];
        assert_eq!(refused.map(epoch), [None, Some(2_025_000), None, None, None, None, None]);
    }

    #[test]
    fn each_day_of_eight_hundred_years_follows_the_one_before() {
        let mut last = Date::of_epoch(-400 * 366 * DAY_MS);
        for days in last.days + 1..400 * 366 {
            let date = Date::of_epoch(days * DAY_MS);
            let is_next = (date.year, date.month, date.day) == (last.year, last.month, last.day + 1);
            let is_new_month = date.day == 1 && (28..=31).contains(&last.day);
            assert!(is_next || is_new_month, "{last:?} {date:?}");
            assert_eq!(date.of_year(), if (date.month, date.day) == (1, 1) { 1 } else { last.of_year() + 1 });
            last = date;
        }
    }
}
