"""Inserts, updates and deletes, and what the platform fills in."""

from pysnc import NotFoundException

from pysnc_checks import ADMIN, PROBLEM_ADMIN, inserted, raises, same, true


def insert_fills_what_the_platform_fills(instance):
    with inserted(
        instance, "problem", short_description="Third-party insert", bunk_field="ignored"
    ) as record:
        same("short_description", record.get_value("short_description"), "Third-party insert")
        true("an unknown field is dropped", "bunk_field" not in record)
        same("opened_by", record.get_value("opened_by"), ADMIN)
        same("shown opened_by", record.get_display_value("opened_by"), "System Administrator")
        same("active", record.get_value("active"), "true")
        true("a number", record.get_value("number").startswith("PRB"))
        true("a state with a label", record.get_value("state") != record.get_display_value("state"))
        again = instance.client().GlideRecord("problem")
        true("it is found by its id", again.get(record.get_value("sys_id")))
        same("number", again.get_value("number"), record.get_value("number"))
        return record.get_value("number")


def insert_without_a_value(instance):
    with inserted(instance, "problem") as record:
        true("a number", record.get_value("number").startswith("PRB"))
        same("short_description", record.get_value("short_description"), "")
        return record.get_value("number")


def insert_keeps_the_callers_sys_id(instance):
    for chosen in ("AAAABBBBCCCCDDDDEEEEFFFF00001111", "aaaabbbbccccddddeeeeffff00002222"):
        with inserted(instance, "problem", sys_id=chosen, short_description="Own id") as record:
            same("sys_id", record.get_value("sys_id"), chosen)
            true("it is found by it", instance.client().GlideRecord("problem").get(chosen))
    return "both letter cases"


def update_sends_and_keeps_changes(instance):
    with inserted(instance, "incident", short_description="Before", impact="1", urgency="1") as record:
        same("priority from impact and urgency", record.get_value("priority"), "1")
        same("sys_mod_count", record.get_value("sys_mod_count"), "0")
        record.set_value("short_description", "After")
        record.set_value("urgency", "3")
        true("changes are seen", record.changes())
        record.update()
        true("and are gone when sent", not record.changes())
        again = instance.client().GlideRecord("incident")
        true("it is found", again.get(record.get_value("sys_id")))
        same("short_description", again.get_value("short_description"), "After")
        same("priority", again.get_value("priority"), "3")
        same("sys_mod_count", again.get_value("sys_mod_count"), "1")
        same("sys_updated_by", again.get_value("sys_updated_by"), "admin")
        return f"{again.get_value('number')}, priority {again.get_display_value('priority')}"


def update_of_a_reference(instance):
    with inserted(instance, "problem", short_description="Reference") as record:
        record.set_value("assigned_to", PROBLEM_ADMIN)
        record.update()
        again = instance.client().GlideRecord("problem")
        again.fields = ["sys_id", "assigned_to", "assigned_to.user_name"]
        true("it is found", again.get(record.get_value("sys_id")))
        same("assigned_to", again.get_value("assigned_to"), PROBLEM_ADMIN)
        same("assigned_to.user_name", again.get_value("assigned_to.user_name"), "problem.admin")
        return again.get_display_value("assigned_to")


def a_whole_record_can_be_sent_back(instance):
    with inserted(instance, "problem", short_description="Whole") as record:
        copy = record.pop_record()
        copy.set_value("short_description", "Whole again")
        copy.update()  # sends system fields and display texts, too
        again = instance.client().GlideRecord("problem")
        true("it is found", again.get(record.get_value("sys_id")))
        same("short_description", again.get_value("short_description"), "Whole again")
        same("sys_created_on", again.get_value("sys_created_on"), record.get_value("sys_created_on"))
        return again.get_value("number")


def delete_and_delete_again(instance):
    with inserted(instance, "problem", short_description="Short life") as record:
        same("the first delete", record.delete(), True)
        same("get", instance.client().GlideRecord("problem").get(record.get_value("sys_id")), False)
        error = raises("the second delete", NotFoundException, record.delete)
        same("status", error.args[0]["status"], "failure")
        return error.args[0]["error"]["message"]


CHECKS = [
    insert_fills_what_the_platform_fills,
    insert_without_a_value,
    insert_keeps_the_callers_sys_id,
    update_sends_and_keeps_changes,
    update_of_a_reference,
    a_whole_record_can_be_sent_back,
    delete_and_delete_again,
]
