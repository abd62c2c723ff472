CREATE SCHEMA core
GO
CREATE SCHEMA shop
GO
SET ANSI_NULLS ON
GO
CREATE TABLE core.countries (
    [code] nchar(3) NOT NULL PRIMARY KEY,
    [name] [nvarchar](80) NOT NULL,
    [continent] nvarchar(40) NOT NULL CHECK (continent IN ('Africa','America','Asia','Europe','Oceania'))
)
GO
CREATE TABLE core.currencies (
    [code] nchar(3) NOT NULL,
    [title] nvarchar(40) NOT NULL,
    [rate] float,
    CONSTRAINT pk_currencies PRIMARY KEY CLUSTERED (code)
)
GO
CREATE TABLE core.regions (
    [region_id] bigint NOT NULL,
    [country] nchar(3) NOT NULL REFERENCES core.countries,
    [label] nvarchar(40) NOT NULL,
    PRIMARY KEY CLUSTERED (region_id),
    UNIQUE (country, label)
)
GO
CREATE TABLE core.cities (
    [city_id] bigint IDENTITY(1,1) PRIMARY KEY,
    [region_id] bigint NOT NULL,
    [name] [nvarchar](80) NOT NULL,
    [lat] float,
    [lon] float,
    [people] int CHECK (people >= 0),
    FOREIGN KEY (region_id) REFERENCES core.regions (region_id)
)
GO
CREATE TABLE core.addresses (
    [address_id] bigint IDENTITY(1,1) PRIMARY KEY,
    [city_id] bigint NOT NULL,
    [street] [nvarchar](80) NOT NULL,
    [post_code] nvarchar(40)
)
GO
CREATE TABLE core.people (
    [person_id] bigint IDENTITY(1,1) PRIMARY KEY,
    [first_name] nvarchar(40) NOT NULL,
    [last_name] nvarchar(40) NOT NULL,
    [email] [nvarchar](80) NOT NULL UNIQUE,
    [born] DATE,
    [boss] bigint,
    [home] bigint,
    CONSTRAINT fk_boss FOREIGN KEY (boss) REFERENCES core.people (person_id),
    FOREIGN KEY (home) REFERENCES core.addresses
)
GO
CREATE TABLE core.departments (
    [dept_no] int NOT NULL PRIMARY KEY,
    [title] nvarchar(40) NOT NULL UNIQUE,
    [head] bigint
)
GO
CREATE TABLE core.employees (
    [person_id] bigint NOT NULL PRIMARY KEY REFERENCES core.people (person_id),
    [dept_no] int NOT NULL,
    [hired] DATE NOT NULL,
    [left_on] DATE,
    [salary] decimal(10,2) NOT NULL,
    CHECK (left_on >= hired),
    CHECK (salary BETWEEN 1000 AND 9000)
)
GO
CREATE TABLE core.skills (
    [skill_id] int NOT NULL PRIMARY KEY,
    [word] nvarchar(40) NOT NULL UNIQUE
)
GO
CREATE TABLE core.employee_skills (
    [person_id] bigint NOT NULL REFERENCES core.employees,
    [skill_id] int NOT NULL REFERENCES core.skills,
    [grade] int NOT NULL CHECK (grade >= 1 AND grade <= 5),
    PRIMARY KEY CLUSTERED (person_id, skill_id)
)
GO
CREATE TABLE shop.suppliers (
    [supplier_id] bigint IDENTITY(1,1) PRIMARY KEY,
    [company] [nvarchar](80) NOT NULL,
    [country] nchar(3) REFERENCES core.countries (code),
    [website] nvarchar(200)
)
GO
CREATE TABLE shop.categories (
    [category_id] int NOT NULL PRIMARY KEY,
    [parent] int REFERENCES shop.categories (category_id),
    [title] nvarchar(40) NOT NULL
)
GO
CREATE TABLE shop.products (
    [product_id] bigint IDENTITY(1,1) PRIMARY KEY,
    [sku] nvarchar(40) NOT NULL,
    [category_id] int NOT NULL REFERENCES shop.categories (category_id),
    [title] [nvarchar](80) NOT NULL,
    [price] decimal(10,2) NOT NULL CHECK (price > 0),
    [weight] float,
    [active] bit NOT NULL,
    CONSTRAINT uq_sku UNIQUE (sku),
    CHECK (sku LIKE 'SK%')
)
GO
CREATE TABLE shop.product_suppliers (
    [product_id] bigint NOT NULL,
    [supplier_id] bigint NOT NULL,
    [cost] decimal(10,2) NOT NULL,
    PRIMARY KEY CLUSTERED (product_id, supplier_id),
    FOREIGN KEY (product_id) REFERENCES shop.products (product_id),
    FOREIGN KEY (supplier_id) REFERENCES shop.suppliers (supplier_id)
)
GO
CREATE TABLE shop.prices (
    [product_id] bigint NOT NULL,
    [valid_from] DATE NOT NULL,
    [currency] nchar(3) NOT NULL,
    [amount] decimal(10,2) NOT NULL,
    CONSTRAINT pk_prices PRIMARY KEY CLUSTERED (product_id, valid_from),
    FOREIGN KEY (product_id) REFERENCES shop.products
)
GO
CREATE TABLE shop.warehouses (
    [warehouse_id] int NOT NULL PRIMARY KEY,
    [address_id] bigint UNIQUE,
    [label] nvarchar(40) NOT NULL,
    FOREIGN KEY (address_id) REFERENCES core.addresses (address_id)
)
GO
CREATE TABLE shop.stock (
    [warehouse_id] int NOT NULL,
    [product_id] bigint NOT NULL,
    [quantity] int NOT NULL CHECK (quantity >= 0),
    [counted_at] datetime2(7),
    PRIMARY KEY CLUSTERED (warehouse_id, product_id),
    FOREIGN KEY (warehouse_id) REFERENCES shop.warehouses,
    FOREIGN KEY (product_id) REFERENCES shop.products
)
GO
CREATE TABLE shop.customers (
    [customer_id] bigint IDENTITY(1,1) PRIMARY KEY,
    [person_email] [nvarchar](80) NOT NULL,
    [tier] nvarchar(40) CHECK (tier IN ('gold','silver','basic')),
    [since] DATE NOT NULL,
    UNIQUE (person_email),
    FOREIGN KEY (person_email) REFERENCES core.people (email)
)
GO
CREATE TABLE shop.[Order] (
    [order_id] bigint NOT NULL,
    [customer_id] bigint NOT NULL,
    [ordered_at] datetime2(7) NOT NULL,
    [paid_at] datetime2(7),
    [status] nvarchar(40) NOT NULL,
    [total] decimal(10,2),
    CONSTRAINT [PK Order] PRIMARY KEY CLUSTERED (order_id),
    CHECK (paid_at >= ordered_at),
    CHECK (total IS NULL OR total >= 0)
)
GO
CREATE TABLE shop.[Order Details] (
    [order_id] bigint NOT NULL,
    [line_no] int NOT NULL,
    [product_id] bigint NOT NULL,
    [Unit Price] decimal(10,2) NOT NULL,
    [quantity] int NOT NULL,
    PRIMARY KEY CLUSTERED (order_id, line_no),
    FOREIGN KEY (order_id) REFERENCES shop.[Order] (order_id),
    FOREIGN KEY (product_id) REFERENCES shop.products (product_id)
)
GO
CREATE TABLE shop.shipments (
    [shipment_id] bigint NOT NULL PRIMARY KEY,
    [order_id] bigint NOT NULL,
    [line_no] int NOT NULL,
    [warehouse_id] int,
    [product_id] bigint,
    [sent_at] datetime2(7),
    FOREIGN KEY (order_id, line_no) REFERENCES shop.[Order Details] (order_id, line_no),
    FOREIGN KEY (warehouse_id, product_id) REFERENCES shop.stock
)
GO
CREATE TABLE shop.returns (
    [return_id] bigint NOT NULL PRIMARY KEY,
    [shipment_id] bigint NOT NULL UNIQUE REFERENCES shop.shipments,
    [reason] nvarchar(200),
    [refund] decimal(10,2)
)
GO
CREATE TABLE shop.coupons (
    [code] nvarchar(40) NOT NULL PRIMARY KEY,
    [percent_off] int NOT NULL CHECK (percent_off BETWEEN 1 AND 90),
    [note] nvarchar(200),
    CHECK (LEN(code) >= 6)
)
GO
CREATE TABLE shop.order_coupons (
    [order_id] bigint NOT NULL REFERENCES shop.[Order],
    [code] nvarchar(40) NOT NULL REFERENCES shop.coupons,
    PRIMARY KEY CLUSTERED (order_id, code)
)
GO
CREATE TABLE shop.reviews (
    [review_id] bigint IDENTITY(1,1) PRIMARY KEY,
    [product_id] bigint NOT NULL REFERENCES shop.products,
    [customer_id] bigint NOT NULL REFERENCES shop.customers,
    [stars] int NOT NULL,
    [said] nvarchar(200),
    CHECK (stars IN (1,2,3,4,5)),
    UNIQUE (product_id, customer_id)
)
GO
CREATE TABLE shop.baskets (
    [basket_id] bigint IDENTITY(1,1) PRIMARY KEY,
    [customer_id] bigint,
    [opened_at] datetime2(7) NOT NULL,
    [current_line] bigint
)
GO
CREATE TABLE shop.basket_lines (
    [line_id] bigint NOT NULL PRIMARY KEY,
    [basket_id] bigint NOT NULL,
    [product_id] bigint NOT NULL,
    [quantity] int NOT NULL
)
GO
ALTER TABLE core.addresses WITH CHECK ADD CONSTRAINT fk_addresses_city FOREIGN KEY (city_id) REFERENCES core.cities (city_id)
GO
ALTER TABLE core.departments WITH CHECK ADD CONSTRAINT fk_dept_head FOREIGN KEY (head) REFERENCES core.employees (person_id)
GO
ALTER TABLE core.employees WITH CHECK ADD CONSTRAINT fk_emp_dept FOREIGN KEY (dept_no) REFERENCES core.departments (dept_no)
GO
ALTER TABLE shop.prices WITH CHECK ADD CONSTRAINT fk_price_currency FOREIGN KEY (currency) REFERENCES core.currencies
GO
ALTER TABLE shop.[Order] WITH CHECK ADD CONSTRAINT [FK Order] FOREIGN KEY (customer_id) REFERENCES shop.customers (customer_id)
GO
ALTER TABLE shop.baskets WITH CHECK ADD CONSTRAINT fk_current FOREIGN KEY (current_line) REFERENCES shop.basket_lines (line_id)
GO
ALTER TABLE shop.basket_lines WITH CHECK ADD CONSTRAINT fk_line_basket FOREIGN KEY (basket_id) REFERENCES shop.baskets (basket_id)
GO
ALTER TABLE shop.basket_lines WITH CHECK ADD CONSTRAINT fk_line_product FOREIGN KEY (product_id) REFERENCES shop.products
GO
EXEC sys.sp_addextendedproperty @name = N'MS_Description', @value = N'how people are reached', @level0type = N'SCHEMA', @level0name = N'core', @level1type = N'TABLE', @level1name = N'people', @level2type = N'COLUMN', @level2name = N'email';
GO
EXEC sp_addextendedproperty N'MS_Description', N'before tax', 'schema', [shop], 'table', products, 'column', price;
GO
CREATE SEQUENCE shop.ticket_numbers AS bigint START WITH 1000 INCREMENT BY 10
GO
CREATE TYPE core.contact FROM nvarchar(80) NOT NULL
GO
CREATE TABLE shop.tickets (
    [ticket_id] bigint NOT NULL CONSTRAINT df_ticket DEFAULT (NEXT VALUE FOR [shop].[ticket_numbers]),
    [customer_id] bigint NOT NULL,
    [severity] nvarchar(6) NOT NULL,
    [flags] nvarchar(13) NULL, -- @synth choices=fragile,heavy
    [progress] int NOT NULL,
    [contact] [core].[contact],
    [tags] nvarchar(max) NULL, -- @synth type=varchar(20)[]
    [place] json NULL,
    [extra] json NULL,
    [opened_at] datetimeoffset(6) NOT NULL,
    [minutes] int NOT NULL,
    [doubled] AS ([minutes]*(2)) PERSISTED NOT NULL,
    [caption] AS (CONVERT([nvarchar](90),([contact]+N' #')+[severity])) PERSISTED NOT NULL,
 CONSTRAINT [pk_tickets] PRIMARY KEY CLUSTERED ([ticket_id] ASC) WITH (PAD_INDEX = OFF) ON [PRIMARY],
    CHECK ([severity] IN (N'low',N'medium',N'high'))
) ON [PRIMARY]
GO
ALTER TABLE [shop].[tickets] ADD CONSTRAINT [df_minutes] DEFAULT ((30)) FOR [minutes]
GO
ALTER TABLE [shop].[tickets] WITH CHECK ADD CONSTRAINT [ck_progress] CHECK (([progress] BETWEEN (0) AND (100)))
GO
ALTER TABLE [shop].[tickets] CHECK CONSTRAINT [ck_progress]
GO
ALTER TABLE [shop].[tickets] WITH CHECK ADD CONSTRAINT [fk_customer] FOREIGN KEY([customer_id])
REFERENCES [shop].[customers] ([customer_id])
GO
CREATE TABLE shop.events (
    [event_id] bigint NOT NULL,
    [happened_on] date NOT NULL,
    [what] nvarchar(40),
    PRIMARY KEY CLUSTERED (event_id, happened_on)
) ON by_year (happened_on)
GO
CREATE SCHEMA audit
    CREATE TABLE readers (reader_id int NOT NULL PRIMARY KEY, nick nvarchar(40) NOT NULL UNIQUE)
    CREATE TABLE changes (change_id bigint IDENTITY(5,5) NOT NULL PRIMARY KEY,
        reader_id int NOT NULL REFERENCES readers, seen_at datetimeoffset)
GO
CREATE VIEW shop.open_tickets AS SELECT ticket_id FROM shop.tickets
GO
CREATE FUNCTION shop.one() RETURNS int AS BEGIN RETURN 1; END
GO
CREATE TRIGGER shop.noted ON shop.tickets AFTER INSERT AS BEGIN UPDATE t SET a = 1; END
GO
GRANT SELECT ON shop.tickets TO reader
GO
INSERT INTO core.skills VALUES (1, N'reading')
GO
