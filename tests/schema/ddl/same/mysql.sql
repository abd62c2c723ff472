/*!40101 SET NAMES utf8mb4 */;
CREATE DATABASE shop;
CREATE TABLE core.countries (
    `code` char(3) NOT NULL PRIMARY KEY,
    `name` varchar(80) NOT NULL,
    `continent` varchar(40) CHARACTER SET utf8mb4 NOT NULL CHECK (continent IN ('Africa','America','Asia','Europe','Oceania'))
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE core.currencies (
    `code` char(3) NOT NULL,
    `title` varchar(40) CHARACTER SET utf8mb4 NOT NULL,
    `rate` double,
    CONSTRAINT pk_currencies PRIMARY KEY (code)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE core.regions (
    `region_id` bigint NOT NULL,
    `country` char(3) NOT NULL REFERENCES core.countries,
    `label` varchar(40) CHARACTER SET utf8mb4 NOT NULL,
    PRIMARY KEY (region_id),
    UNIQUE KEY `u_4` (country, label)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE core.cities (
    `city_id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `region_id` bigint NOT NULL,
    `name` varchar(80) NOT NULL,
    `lat` double,
    `lon` double,
    `people` int(11) CHECK (people >= 0),
    FOREIGN KEY (region_id) REFERENCES core.regions (region_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE core.addresses (
    `address_id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `city_id` bigint NOT NULL,
    `street` varchar(80) NOT NULL,
    `post_code` varchar(40) CHARACTER SET utf8mb4
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE core.people (
    `person_id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `first_name` varchar(40) CHARACTER SET utf8mb4 NOT NULL,
    `last_name` varchar(40) CHARACTER SET utf8mb4 NOT NULL,
    `email` varchar(80) NOT NULL UNIQUE COMMENT 'how people are reached',
    `born` DATE,
    `boss` bigint,
    `home` bigint,
    CONSTRAINT fk_boss FOREIGN KEY (boss) REFERENCES core.people (person_id),
    FOREIGN KEY (home) REFERENCES core.addresses
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE core.departments (
    `dept_no` int(11) NOT NULL PRIMARY KEY,
    `title` varchar(40) CHARACTER SET utf8mb4 NOT NULL UNIQUE,
    `head` bigint
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE core.employees (
    `person_id` bigint NOT NULL PRIMARY KEY REFERENCES core.people (person_id),
    `dept_no` int(11) NOT NULL,
    `hired` DATE NOT NULL,
    `left_on` DATE,
    `salary` decimal(10,2) NOT NULL,
    CHECK (left_on >= hired),
    CHECK (salary BETWEEN 1000 AND 9000)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE core.skills (
    `skill_id` int(11) NOT NULL PRIMARY KEY,
    `word` varchar(40) CHARACTER SET utf8mb4 NOT NULL UNIQUE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE core.employee_skills (
    `person_id` bigint NOT NULL REFERENCES core.employees,
    `skill_id` int(11) NOT NULL REFERENCES core.skills,
    `grade` int(11) NOT NULL CHECK (grade >= 1 AND grade <= 5),
    PRIMARY KEY (person_id, skill_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE shop.suppliers (
    `supplier_id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `company` varchar(80) NOT NULL,
    `country` char(3) REFERENCES core.countries (code),
    `website` varchar(200)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE shop.categories (
    `category_id` int(11) NOT NULL PRIMARY KEY,
    `parent` int(11) REFERENCES shop.categories (category_id),
    `title` varchar(40) CHARACTER SET utf8mb4 NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE shop.products (
    `product_id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `sku` varchar(40) CHARACTER SET utf8mb4 NOT NULL,
    `category_id` int(11) NOT NULL REFERENCES shop.categories (category_id),
    `title` varchar(80) NOT NULL,
    `price` decimal(10,2) NOT NULL CHECK (price > 0) COMMENT 'before tax',
    `weight` double,
    `active` tinyint(1) NOT NULL,
    CONSTRAINT uq_sku UNIQUE (sku),
    CHECK (sku LIKE 'SK%')
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE shop.product_suppliers (
    `product_id` bigint NOT NULL,
    `supplier_id` bigint NOT NULL,
    `cost` decimal(10,2) NOT NULL,
    PRIMARY KEY (product_id, supplier_id),
    FOREIGN KEY (product_id) REFERENCES shop.products (product_id),
    FOREIGN KEY (supplier_id) REFERENCES shop.suppliers (supplier_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE shop.prices (
    `product_id` bigint NOT NULL,
    `valid_from` DATE NOT NULL,
    `currency` char(3) NOT NULL,
    `amount` decimal(10,2) NOT NULL,
    CONSTRAINT pk_prices PRIMARY KEY (product_id, valid_from),
    FOREIGN KEY (product_id) REFERENCES shop.products
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE shop.warehouses (
    `warehouse_id` int(11) NOT NULL PRIMARY KEY,
    `address_id` bigint UNIQUE,
    `label` varchar(40) CHARACTER SET utf8mb4 NOT NULL,
    FOREIGN KEY (address_id) REFERENCES core.addresses (address_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE shop.stock (
    `warehouse_id` int(11) NOT NULL,
    `product_id` bigint NOT NULL,
    `quantity` int(11) NOT NULL CHECK (quantity >= 0),
    `counted_at` datetime(6),
    PRIMARY KEY (warehouse_id, product_id),
    FOREIGN KEY (warehouse_id) REFERENCES shop.warehouses,
    FOREIGN KEY (product_id) REFERENCES shop.products
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE shop.customers (
    `customer_id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `person_email` varchar(80) NOT NULL,
    `tier` varchar(40) CHARACTER SET utf8mb4 CHECK (tier IN ('gold','silver','basic')),
    `since` DATE NOT NULL,
    UNIQUE KEY `u_4` (person_email),
    FOREIGN KEY (person_email) REFERENCES core.people (email)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE shop.`Order` (
    `order_id` bigint NOT NULL,
    `customer_id` bigint NOT NULL,
    `ordered_at` datetime(6) NOT NULL,
    `paid_at` datetime(6),
    `status` varchar(40) CHARACTER SET utf8mb4 NOT NULL,
    `total` decimal(10,2),
    CONSTRAINT `PK Order` PRIMARY KEY (order_id),
    CHECK (paid_at >= ordered_at),
    CHECK (total IS NULL OR total >= 0)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE shop.`Order Details` (
    `order_id` bigint NOT NULL,
    `line_no` int(11) NOT NULL,
    `product_id` bigint NOT NULL,
    `Unit Price` decimal(10,2) NOT NULL,
    `quantity` int(11) NOT NULL,
    PRIMARY KEY (order_id, line_no),
    FOREIGN KEY (order_id) REFERENCES shop.`Order` (order_id),
    FOREIGN KEY (product_id) REFERENCES shop.products (product_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE shop.shipments (
    `shipment_id` bigint NOT NULL PRIMARY KEY,
    `order_id` bigint NOT NULL,
    `line_no` int(11) NOT NULL,
    `warehouse_id` int(11),
    `product_id` bigint,
    `sent_at` datetime(6),
    FOREIGN KEY (order_id, line_no) REFERENCES shop.`Order Details` (order_id, line_no),
    FOREIGN KEY (warehouse_id, product_id) REFERENCES shop.stock
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE shop.returns (
    `return_id` bigint NOT NULL PRIMARY KEY,
    `shipment_id` bigint NOT NULL UNIQUE REFERENCES shop.shipments,
    `reason` varchar(200),
    `refund` decimal(10,2)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE shop.coupons (
    `code` varchar(40) CHARACTER SET utf8mb4 NOT NULL PRIMARY KEY,
    `percent_off` int(11) NOT NULL CHECK (percent_off BETWEEN 1 AND 90),
    `note` varchar(200),
    CHECK (CHAR_LENGTH(code) >= 6)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE shop.order_coupons (
    `order_id` bigint NOT NULL REFERENCES shop.`Order`,
    `code` varchar(40) CHARACTER SET utf8mb4 NOT NULL REFERENCES shop.coupons,
    PRIMARY KEY (order_id, code)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE shop.reviews (
    `review_id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `product_id` bigint NOT NULL REFERENCES shop.products,
    `customer_id` bigint NOT NULL REFERENCES shop.customers,
    `stars` int(11) NOT NULL,
    `said` varchar(200),
    CHECK (stars IN (1,2,3,4,5)),
    UNIQUE KEY `u_6` (product_id, customer_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE shop.baskets (
    `basket_id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `customer_id` bigint,
    `opened_at` datetime(6) NOT NULL,
    `current_line` bigint
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE shop.basket_lines (
    `line_id` bigint NOT NULL PRIMARY KEY,
    `basket_id` bigint NOT NULL,
    `product_id` bigint NOT NULL,
    `quantity` int(11) NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
ALTER TABLE core.addresses ADD CONSTRAINT fk_addresses_city FOREIGN KEY (city_id) REFERENCES core.cities (city_id);
ALTER TABLE core.departments ADD CONSTRAINT fk_dept_head FOREIGN KEY (head) REFERENCES core.employees (person_id);
ALTER TABLE core.employees ADD CONSTRAINT fk_emp_dept FOREIGN KEY (dept_no) REFERENCES core.departments (dept_no);
ALTER TABLE shop.prices ADD CONSTRAINT fk_price_currency FOREIGN KEY (currency) REFERENCES core.currencies;
ALTER TABLE shop.`Order` ADD CONSTRAINT `FK Order` FOREIGN KEY (customer_id) REFERENCES shop.customers (customer_id);
ALTER TABLE shop.baskets ADD CONSTRAINT fk_current FOREIGN KEY (current_line) REFERENCES shop.basket_lines (line_id);
ALTER TABLE shop.basket_lines ADD CONSTRAINT fk_line_basket FOREIGN KEY (basket_id) REFERENCES shop.baskets (basket_id);
ALTER TABLE shop.basket_lines ADD CONSTRAINT fk_line_product FOREIGN KEY (product_id) REFERENCES shop.products;
CREATE SEQUENCE shop.ticket_numbers START WITH 1000 INCREMENT BY 10;
CREATE TABLE shop.tickets (
    `ticket_id` bigint NOT NULL DEFAULT (NEXT VALUE FOR `shop`.`ticket_numbers`),
    `customer_id` bigint NOT NULL,
    `severity` enum('low','medium','high') NOT NULL,
    `flags` set('fragile','heavy') DEFAULT NULL,
    `progress` int(11) NOT NULL CHECK (`progress` between 0 and 100),
    `contact` varchar(80) NOT NULL,
    `tags` json DEFAULT NULL, -- @synth type=varchar(20)[]
    `place` json DEFAULT NULL,
    `extra` json DEFAULT NULL,
    `opened_at` timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP, -- @synth type=timestamptz
    `minutes` int(11) NOT NULL DEFAULT 30,
    `doubled` int(11) GENERATED ALWAYS AS (`minutes` * 2) STORED NOT NULL,
    `caption` varchar(90) GENERATED ALWAYS AS (concat(`contact`,' #',`severity`)) VIRTUAL NOT NULL,
    PRIMARY KEY (`ticket_id`),
    KEY `by_customer` (`customer_id`),
    CONSTRAINT `tickets_customer` FOREIGN KEY (`customer_id`) REFERENCES `shop`.`customers` (`customer_id`)
) ENGINE=InnoDB AUTO_INCREMENT=1000 DEFAULT CHARSET=utf8mb4;
CREATE TABLE shop.events (
    `event_id` bigint NOT NULL,
    `happened_on` date NOT NULL,
    `what` varchar(40),
    PRIMARY KEY (`event_id`, `happened_on`)
) ENGINE=InnoDB PARTITION BY RANGE (year(`happened_on`)) (PARTITION p23 VALUES LESS THAN (2024), PARTITION p24 VALUES LESS THAN MAXVALUE);
CREATE DATABASE audit;
CREATE TABLE audit.readers (`reader_id` int NOT NULL PRIMARY KEY, `nick` varchar(40) NOT NULL UNIQUE) ENGINE=InnoDB;
CREATE SEQUENCE audit.change_numbers START WITH 5 INCREMENT BY 5;
CREATE TABLE audit.changes (`change_id` bigint NOT NULL DEFAULT (NEXT VALUE FOR audit.change_numbers) PRIMARY KEY,
    `reader_id` int NOT NULL REFERENCES audit.readers,
    `seen_at` timestamp NULL -- @synth type=timestamptz
) ENGINE=InnoDB;
CREATE VIEW shop.open_tickets AS SELECT ticket_id FROM shop.tickets;
DELIMITER //
CREATE FUNCTION shop.one() RETURNS int DETERMINISTIC BEGIN RETURN 1; END//
CREATE TRIGGER noted BEFORE INSERT ON shop.tickets FOR EACH ROW BEGIN SET NEW.minutes = 1; END//
DELIMITER ;
GRANT SELECT ON shop.tickets TO reader;
LOCK TABLES core.skills WRITE;
INSERT INTO core.skills VALUES (1,'reading');
