-- Which document of a batch an affixing was made for, so that its cost centre is found from the affixing. Expands only.

create index batch_items_affixing on batch_items (account_id, affixing_id) where affixing_id is not null;
