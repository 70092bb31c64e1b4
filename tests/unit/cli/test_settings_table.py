from __future__ import annotations

from ploomes_sync.cli import settings_table
from ploomes_sync.config import Settings, read_settings, variables


def test_the_table_holds_every_setting_with_a_meaning() -> None:
    found = settings_table.read(read_settings(DATABASE_URL=None))

    assert [setting.variables for setting in found] == [variables(name) for name in Settings.model_fields]
    assert all(setting.meaning.endswith(".") for setting in found)


def test_a_secret_is_only_said_to_be_set() -> None:
    found = settings_table.read(
        read_settings(PLOOME_API_KEY="abcdef", DATABASE_URL="postgresql://u:hunter2@host/x")
    )

    assert "abcdef" not in repr(found)
    assert "hunter2" not in repr(found)
    assert [setting.value for setting in found[:3:2]] == ["set", "set"]


def test_a_wrong_setting_is_marked() -> None:
    complaint = "PRODUCT_SYNC_CONCURRENT: input should be less than or equal to 6."

    wrong = [setting for setting in settings_table.read(None, complaint) if setting.wrong]

    assert [setting.variables for setting in wrong] == [("PRODUCT_SYNC_CONCURRENT",)]
