select customer_id, email, signed_up_at
from shop.customers
where left_at is null
