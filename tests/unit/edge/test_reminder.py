import sys
import time

import pytest

from edge.reminder import Reminder, reminder_for, show
from edge.settings import EdgeSettings
from edge.sinks import AT_ONCE, CommandSink, FileSink, open_sinks
from linli.profiles import builtin
from linli.verdict import judge
from linli.waste import Kind


def remind(chosen, item, kind, confidence=0.95, unsure=None, profile="national"):
    rules = builtin(profile)
    verdict = judge(rules, chosen, item, kind, confidence, unsure)
    return reminder_for(rules, verdict, item, "k1")


def test_it_says_where_it_belongs_in_both_languages():
    reminder = remind(Kind.RECYCLABLE, "food_waste", Kind.KITCHEN)
    assert reminder is not None
    assert reminder.belongs_in is Kind.KITCHEN
    assert reminder.zh == "这是食物残余，请投入“厨余垃圾”"
    assert reminder.en.startswith("This looks like food waste: it belongs in “")


def test_shanghai_says_it_in_its_own_words():
    reminder = remind(Kind.RECYCLABLE, "food_waste", Kind.KITCHEN, profile="shanghai")
    assert reminder is not None
    assert "湿垃圾" in reminder.zh


def test_an_item_without_a_name_is_still_told_its_place():
    reminder = remind(Kind.KITCHEN, "spaceship", Kind.HAZARDOUS)
    assert reminder is not None
    assert reminder.zh == "请投入“有害垃圾”"
    assert reminder.en.startswith("This belongs in “")


def test_missed_recycling_is_no_reproach():
    reminder = remind(Kind.OTHER, "glass", Kind.RECYCLABLE, profile="shanghai")
    assert reminder is not None
    assert "下次" in reminder.zh
    assert "could" in reminder.en


@pytest.mark.parametrize(
    "case",
    [
        (Kind.KITCHEN, "food_waste", Kind.KITCHEN),
        (Kind.KITCHEN, "battery", Kind.HAZARDOUS, 0.99, "unfamiliar"),
        (Kind.KITCHEN, "battery", Kind.HAZARDOUS, 0.3),
        (Kind.KITCHEN, None, None, None, "bag"),
        (None, "battery", Kind.HAZARDOUS),
    ],
)
def test_who_is_right_or_may_be_is_not_reminded(case):
    assert remind(*case) is None


REMINDER = Reminder("请投入“厨余垃圾”", "This belongs in “Kitchen”", "k1", Kind.KITCHEN)


def test_the_file_holds_the_latest(tmp_path):
    sink = FileSink(tmp_path / "display.txt")
    assert show(Reminder("旧", "old"), [sink])
    assert show(REMINDER, [sink])
    assert (tmp_path / "display.txt").read_text(encoding="utf-8") == f"{REMINDER.zh}\n{REMINDER.en}\n"


def test_a_program_gets_both_texts_and_no_shell(tmp_path):
    script = "import sys, pathlib; pathlib.Path(sys.argv[1]).write_text(repr(sys.argv[2:]), encoding='utf-8')"
    out = tmp_path / "out"
    sink = CommandSink([sys.executable, "-c", script, str(out)])
    nasty = Reminder("$(touch x); 请", "`id` & \n two lines")
    assert show(nasty, [sink])
    deadline = time.monotonic() + 10
    while not (out.exists() and out.read_text()) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert out.read_text(encoding="utf-8") == repr([nasty.zh, nasty.en])
    sink.close()


def test_a_program_that_hangs_is_not_joined_by_others(tmp_path):
    sink = CommandSink([sys.executable, "-c", "import time; time.sleep(60)"])
    assert [show(REMINDER, [sink]) for _ in range(AT_ONCE + 2)] == [True] * AT_ONCE + [False] * 2
    sink.close()


def test_a_text_that_no_program_can_be_given_ends_nobody(tmp_path):
    sink = CommandSink([sys.executable, "-c", "pass"])
    assert show(Reminder("一", "a\0b"), [sink]) is False


def test_a_reminder_that_nobody_could_show_does_not_count(tmp_path):
    assert not show(REMINDER, [])
    assert not show(REMINDER, [FileSink(tmp_path / "none" / "x"), CommandSink(["/no/such/program"])])


def test_the_settings_name_the_sinks(tmp_path):
    settings = EdgeSettings(
        community="g", device="d", remind_file=str(tmp_path / "x"), remind_command="say --slow 'a b'"
    )
    file, command = open_sinks(settings)
    assert isinstance(file, FileSink)
    assert isinstance(command, CommandSink)
    assert command._command == ["say", "--slow", "a b"]
