"""What is wrong and how to mend it, in Vietnamese and English: one row per problem code."""

from typing import Literal, NamedTuple

Severity = Literal["error", "warning"]


class Words(NamedTuple):
    """The message and the mend of one problem, in both languages."""

    vi: str
    vi_mend: str
    en: str
    en_mend: str
    severity: Severity = "error"


_SAVE_CSV = "Trong Excel: Tệp > Lưu thành > “CSV UTF-8”."
_SAVE_CSV_EN = 'In Excel: File > Save As > "CSV UTF-8".'
_SAVE_XLSX = "Mở tệp bằng Excel hoặc LibreOffice rồi lưu thành “Excel Workbook (.xlsx)”."
_SAVE_XLSX_EN = 'Open the file in Excel or LibreOffice and save it as "Excel Workbook (.xlsx)".'
_ADDRESS = "Viết địa chỉ như https://truong.vi-du.edu.vn/."
_ADDRESS_EN = "Write the address like https://truong.vi-du.edu.vn/."

# fmt: off
MESSAGES: dict[str, Words] = {
    # The file as a whole
    "file-missing": Words("không mở được tệp: {why}", "Kiểm tra đường dẫn và quyền đọc.", "the file cannot be opened: {why}", "Check the path and the right to read it."),
    "file-not-regular": Words("không phải tệp thường (là thư mục, thiết bị hoặc ống dẫn)", "Chỉ ra một tệp CSV, XLSX, YAML hoặc JSON.", "not a regular file (a folder, device or pipe)", "Name a CSV, XLSX, YAML or JSON file."),
    "file-too-large": Words("tệp lớn hơn {limit} MiB", "Chia danh sách thành nhiều tệp.", "the file is larger than {limit} MiB", "Split the list into several files."),
    "file-empty": Words("tệp rỗng: 0 đơn vị", "Điền ít nhất một đơn vị.", "the file is empty: 0 units", "Fill in at least one unit."),
    "file-kind": Words("không rõ loại tệp “{suffix}”", "Dùng tệp .csv, .xlsx, .yaml hoặc .json.", 'unknown kind of file "{suffix}"', "Use a .csv, .xlsx, .yaml or .json file."),
    "encoding": Words("không phải UTF-8: byte lạ ở vị trí {offset}", _SAVE_CSV, "not UTF-8: strange byte at offset {offset}", _SAVE_CSV_EN),
    "encoding-other": Words("mã hoá {name} không được nhận", _SAVE_CSV, "the encoding {name} is not accepted", _SAVE_CSV_EN),
    "binary": Words("dữ liệu nhị phân, không phải văn bản (NUL ở vị trí {offset})", _SAVE_CSV, "binary data, not text (NUL at offset {offset})", _SAVE_CSV_EN),
    "legacy-text": Words("chữ viết bằng bảng mã cũ (TCVN3/ABC hoặc VNI)", "Chuyển mã sang Unicode (ví dụ bằng UniKey) rồi lưu lại.", "text in an old Vietnamese encoding (TCVN3/ABC or VNI)", "Convert it to Unicode (for example with UniKey) and save again."),
    "no-header": Words("không thấy hàng tiêu đề trong {limit} hàng đầu", "Cần hàng tiêu đề có: {needed}; các cột cách nhau bằng ; hoặc , hoặc tab.", "no header row within the first {limit} rows", "A header row with these columns is needed: {needed}; separated by ; or , or tab."),
    "no-rows": Words("không có hàng dữ liệu nào: 0 đơn vị", "Điền ít nhất một đơn vị.", "there is no row of data: 0 units", "Fill in at least one unit."),
    "too-many-rows": Words("nhiều hơn {limit} hàng", "Chia danh sách thành nhiều tệp.", "more than {limit} rows", "Split the list into several files."),
    "permission-twice": Words("giấy cho phép có cả trong tệp danh sách và trong {other}", "Chỉ giữ lại một nơi.", "the permission stands both in the inventory and in {other}", "Keep it in one place only."),
    "permission-missing": Words("không có giấy cho phép: chưa được quét", "Thêm giấy cho phép vào tệp, hoặc dùng --permission TỆP.yaml.", "there is no permission: nothing may be scanned yet", "Add the permission to the file, or use --permission FILE.yaml.", "warning"),

    # Tables
    "column-missing": Words("thiếu cột {field}", "Thêm cột “{title}” ({field}).", "the column {field} is missing", 'Add a column "{title}" ({field}).'),
    "column-twice": Words("hai cột cùng là {field}", "Bỏ hoặc đổi tên một cột.", "two columns are both {field}", "Remove or rename one of them."),
    "column-unknown": Words("cột không được biết, bị bỏ qua", "Xoá cột, hoặc sửa tên{near}.", "unknown column, left out", "Remove the column, or mend its name{near}.", "warning"),
    "header-again": Words("hàng tiêu đề lặp lại giữa dữ liệu", "Xoá hàng này.", "the header row again, amid the data", "Delete this row."),
    "row-long": Words("hàng có {count} ô, tiêu đề chỉ có {wanted}", "Đặt ô chứa dấu ngăn cách trong ngoặc kép \"…\".", "the row has {count} cells, the header only {wanted}", 'Put a cell that holds the separator in quotes "…".'),
    "row-short": Words("hàng có {count} ô, tiêu đề có {wanted}", "Thêm các ô còn thiếu, để trống cũng được.", "the row has {count} cells, the header {wanted}", "Add the missing cells, even if blank.", "warning"),
    "row-one-cell": Words("cả hàng là một ô; tiêu đề có {wanted} ô", "Dùng cùng một dấu ngăn cách “{separator}” cho mọi hàng.", "the whole row is one cell; the header has {wanted}", 'Use the same separator "{separator}" in every row.'),
    "line-ends": Words("tệp trộn nhiều kiểu xuống dòng", "Lưu lại tệp bằng một chương trình.", "the file mixes kinds of line ends", "Save the file again with one program.", "warning"),
    "quote-open": Words("ngoặc kép mở ở dòng {line} không bao giờ đóng", "Thêm ngoặc kép đóng, hoặc bỏ ngoặc kép mở.", "quote opened on line {line} never closes", "Close the quote, or remove it."),
    "quote-text": Words("ngoặc kép mở ở dòng {line} đóng ở dòng {end} ngay trước chữ khác: có lẽ thiếu ngoặc đóng", "Thêm ngoặc kép đóng; ngoặc kép trong ô viết thành \"\".", "quote opened on line {line} closes on line {end} right before other text: a closing quote is missing", 'Close the quote; write a quote inside a cell as "".'),
    "quotes-many": Words("quá nhiều lỗi ngoặc kép, dừng đọc", "Sửa các lỗi trên rồi đọc lại.", "too many quote errors, reading stopped", "Mend those above and read again."),
    "cell-long": Words("ô dài hơn {limit} byte", "Rút ngắn nội dung.", "the cell is longer than {limit} bytes", "Shorten it."),
    "text-long": Words("dài hơn {limit} ký tự", "Rút ngắn nội dung.", "longer than {limit} characters", "Shorten it."),
    "control": Words("có ký tự điều khiển", "Gõ lại ô này.", "holds a control character", "Type this cell anew."),
    "unseen": Words("có ký tự không nhìn thấy; chúng được ghi thành dạng thấy được", "Gõ lại ô này.", "holds characters that cannot be seen; they are kept in a visible form", "Type this cell anew.", "warning"),
    "surrogate": Words("có nửa ký tự Unicode (lone surrogate)", "Gõ lại ô này.", "holds half a Unicode character (lone surrogate)", "Type this cell anew."),
    "numbers-as-codes": Words("cột mã chứa số: số 0 ở đầu có thể đã mất", "Định dạng cột là Văn bản (Text) rồi gõ lại mã.", "a column of codes holds numbers: leading zeros may be lost", "Format the column as Text and type the codes again.", "warning"),

    # XLSX
    "xlsx-old": Words("tệp Excel cũ (.xls) hoặc sổ tính có mật khẩu", _SAVE_XLSX + " Bỏ mật khẩu.", "an old Excel file (.xls) or an encrypted workbook", _SAVE_XLSX_EN + " Remove the password."),
    "xlsx-encrypted": Words("sổ tính có mật khẩu", "Bỏ mật khẩu rồi lưu lại.", "the workbook is encrypted", "Remove the password and save again."),
    "xlsx-html": Words("tệp mang tên .xlsx nhưng là trang HTML hoặc văn bản", _SAVE_XLSX, "named .xlsx but it is an HTML page or text", _SAVE_XLSX_EN),
    "xlsx-other": Words("không phải sổ tính XLSX: {why}", _SAVE_XLSX, "not an XLSX workbook: {why}", _SAVE_XLSX_EN),
    "xlsx-large": Words("sổ tính giải nén lớn hơn {limit} MiB", "Bỏ ảnh, trang và định dạng thừa.", "the workbook unpacks to more than {limit} MiB", "Remove pictures, sheets and formats not needed."),
    "xlsx-parts": Words("sổ tính có {count} thành phần, nhiều hơn {limit}", _SAVE_XLSX, "the workbook has {count} parts, more than {limit}", _SAVE_XLSX_EN),
    "xlsx-slip": Words("thành phần có đường dẫn thoát ra ngoài", _SAVE_XLSX, "a part's path leads outside the workbook", _SAVE_XLSX_EN),
    "xlsx-dtd": Words("XML có khai báo DOCTYPE", _SAVE_XLSX, "the XML has a DOCTYPE", _SAVE_XLSX_EN),
    "xlsx-wide": Words("trang tính rộng hơn {limit} cột", "Xoá các ô ở ngoài bảng.", "the sheet is wider than {limit} columns", "Clear the cells outside the table."),
    "formula": Words("ô {cell} là công thức, không phải giá trị", "Sao chép rồi dán đặc biệt “Giá trị” (Paste Values).", "cell {cell} is a formula, not a value", 'Copy and paste special "Values".'),
    "merged": Words("vùng ô gộp {cell}", "Bỏ gộp ô và điền từng ô.", "merged cells {cell}", "Unmerge them and fill in each cell."),
    "cell-error": Words("ô {cell} là giá trị lỗi của Excel", "Sửa ô này.", "cell {cell} is an Excel error value", "Mend this cell."),

    # YAML and JSON
    "yaml-syntax": Words("sai cú pháp: {why}", "Sửa chỗ này; so với tệp mẫu của lệnh init.", "syntax error: {why}", "Mend this place; compare with the example of the init command."),
    "yaml-alias": Words("bí danh (*tên) không được nhận", "Viết đủ nội dung.", "aliases (*name) are not accepted", "Write the content out."),
    "yaml-tag": Words("thẻ kiểu (!tag) không được nhận", "Bỏ thẻ.", "tags (!tag) are not accepted", "Remove the tag."),
    "yaml-depth": Words("lồng nhau sâu hơn {limit} tầng", "Theo tệp mẫu của lệnh init.", "nested deeper than {limit} levels", "Follow the example of the init command."),
    "yaml-documents": Words("nhiều hơn một tài liệu (---)", "Chỉ giữ một tài liệu.", "more than one document (---)", "Keep one document."),
    "key-twice": Words("khoá viết hai lần; lần đầu ở dòng {first}", "Bỏ một trong hai.", "the key stands twice; first on line {first}", "Remove one of the two."),
    "key-unknown": Words("khoá không được biết", "Sửa tên khoá{near}.", "unknown key", "Mend its name{near}."),
    "shape": Words("cần {wanted}", "Theo tệp mẫu của lệnh init.", "expected {wanted}", "Follow the example of the init command."),

    # Cells
    "needed": Words("thiếu {field}", "Điền ô này.", "{field} is missing", "Fill in this cell."),
    "id-long": Words("mã dài hơn {limit} ký tự", "Dùng mã ngắn.", "the id is longer than {limit} characters", "Use a short code."),
    "kind": Words("không rõ cấp học", "Dùng một trong: {choices}{near}.", "unknown kind of unit", "Use one of: {choices}{near}."),
    "commune": Words("không có xã, phường này trong 94 xã, phường, đặc khu", "Dùng tên hoặc mã 5 số hiện hành{near}.", "not one of the 94 communes", "Use the present name or the 5-digit code{near}."),
    "manager": Words("không rõ đơn vị quản lý", "Dùng: xã, Sở GDĐT, hoặc để trống.", "unknown manager", "Use: commune, so-gddt, or leave it blank."),
    "role": Words("không rõ vai trò", "Dùng: {choices}{near}.", "unknown role", "Use: {choices}{near}."),
    "state": Words("không rõ trạng thái", "Dùng: {choices}; ghi chú sau dấu hai chấm.", "unknown state", "Use: {choices}; a note may follow a colon."),
    "date": Words("không phải ngày", "Viết 2026-11-30 hoặc 30/11/2026.", "not a date", "Write 2026-11-30 or 30/11/2026."),
    "number": Words("không phải số từ {low} đến {high}", "Viết một số trong khoảng này.", "not a number from {low} to {high}", "Write a number in that range."),
    "selector": Words("không phải selector DKIM", "Chỉ dùng chữ, số, dấu chấm, gạch ngang.", "not a DKIM selector", "Use letters, digits, dots and hyphens only."),
    "attestation": Words("cần: mã tiêu chí|số văn bản|ngày ký|ngày hết hạn|cấp độ", "Ví dụ: security-level-approved|12/QĐ-UBND|2026-01-15||2", "expected: check-id|number|issued_on|expires_on|level", "For example: security-level-approved|12/QĐ-UBND|2026-01-15||2"),
    "excuse-long": Words("miễn trừ dài quá {limit} ngày kể từ ngày chấp nhận", "Chọn ngày gần hơn; hết hạn thì xem xét lại.", "an excuse for more than {limit} days from the day it is granted", "Choose an earlier day, and decide anew when it is over."),
    "excuse-site": Words("{site} không phải địa chỉ nào của đơn vị {unit}", "Viết đúng một địa chỉ của đơn vị{near}, hoặc bỏ trống để áp dụng cho mọi địa chỉ.", "{site} is no address of the unit {unit}", "Write one of its addresses{near}, or leave it blank for all of them."),
    "record-unit": Words("không có đơn vị “{unit}” trong danh sách", "Sửa mã đơn vị{near}.", 'no unit "{unit}" in the inventory', "Mend the unit's id{near}."),
    "record-check": Words("không có phép kiểm tra “{check}”", "Sửa mã phép kiểm tra{near}.", 'no check "{check}"', "Mend the check's id{near}."),
    "record-attested": Words("“{check}” do văn bản quyết định, không miễn trừ được", "Ghi văn bản vào attestations.", '"{check}" is decided by a document and cannot be excused', "Write the document under attestations."),
    "record-document": Words("“{check}” không do văn bản quyết định", "Dùng một trong: {choices}{near}.", '"{check}" is not decided by a document', "Use one of: {choices}{near}."),
    "excuse": Words("cần: mã kiểm tra|lý do|người chấp nhận|đến ngày", "Ví dụ: hsts-enabled|chờ nhà cung cấp|Phó Giám đốc Sở|2026-12-31", "expected: check-id|reason|granted_by|until_on", "For example: hsts-enabled|waiting for the vendor|Deputy director|2026-12-31"),

    # Rows together
    "contradiction": Words("{field} khác với dòng {other} của cùng mã {unit}", "Ghi giống nhau ở mọi hàng của một đơn vị; hai đơn vị thì dùng hai mã.", "{field} differs from line {other} of the same id {unit}", "Write the same in every row of a unit; two units need two ids."),
    "site-twice": Words("đơn vị đã có địa chỉ này ở dòng {other}", "Xoá một hàng.", "the unit has this address already on line {other}", "Delete one of the rows."),
    "site-shared": Words("địa chỉ này cũng thuộc đơn vị {unit} (dòng {other}): quét một lần, báo cáo cho cả hai", "Nếu không dùng chung, sửa địa chỉ.", "the unit {unit} (line {other}) has the same address: one scan, two rows in the report", "If they do not share it, mend the address.", "warning"),
    "name-twice": Words("có lẽ là cùng một đơn vị với mã {unit} (dòng {other}): cùng tên, cùng xã, phường", "Nếu là một đơn vị, dùng một mã.", "probably the same unit as {unit} (line {other}): same name, same commune", "If they are one unit, use one id.", "warning"),
    "id-case": Words("mã chỉ khác mã {unit} (dòng {other}) ở chữ hoa, chữ thường", "Nếu là một đơn vị, viết mã giống nhau.", "the id differs from {unit} (line {other}) only by case", "If they are one unit, write one id.", "warning"),

    # Addresses
    "address-no-host": Words("địa chỉ không có tên máy chủ", _ADDRESS, "the address has no host name", _ADDRESS_EN),
    "address-scheme": Words("chỉ nhận địa chỉ http hoặc https", _ADDRESS, "only http and https addresses are accepted", _ADDRESS_EN),
    "address-secret": Words("địa chỉ có tên đăng nhập hoặc dấu @ (đã che)", "Xoá phần trước dấu @, và đổi mật khẩu nếu đã lộ.", "the address holds credentials or an @ sign (masked)", "Remove what stands before the @, and change the password if it was real."),
    "address-signs": Words("địa chỉ có khoảng trắng, dấu \\, ký tự điều khiển hoặc mã % sai", _ADDRESS + " Ô là liên kết thì gõ chính địa chỉ.", "the address holds blanks, a backslash, controls or a bad % code", _ADDRESS_EN + " If the cell is a link, type the address itself."),
    "address-invisible": Words("địa chỉ có ký tự không nhìn thấy", "Gõ lại địa chỉ bằng tay.", "the address holds characters that cannot be seen", "Type the address by hand."),
    "address-unclear": Words("địa chỉ có thể hiểu theo hai cách", _ADDRESS, "the address can be read in two ways", _ADDRESS_EN),
    "address-ip": Words("địa chỉ là số IP, không phải tên miền", "Dùng tên miền của trang.", "the address is an IP address, not a name", "Use the site's domain name."),
    "address-host": Words("tên máy chủ sai quy tắc tên miền", _ADDRESS, "the host breaks the rules for domain names", _ADDRESS_EN),
    "address-long": Words("tên hoặc địa chỉ quá dài", _ADDRESS, "the name or the address is too long", _ADDRESS_EN),
    "address-port": Words("cổng không phải số từ 1 đến 65535", _ADDRESS, "the port is not a number from 1 to 65535", _ADDRESS_EN),
    "scheme-added": Words("địa chỉ thiếu https://, đã thêm thành {url}", "Viết đủ địa chỉ.", "the address had no https://; read as {url}", "Write the whole address.", "warning"),
    "was-http": Words("địa chỉ http:// được đọc là {url}", "Viết https://.", "the http:// address is read as {url}", "Write https://.", "warning"),
    "underscore": Words("tên {host} có dấu gạch dưới", "Đổi tên miền: gạch dưới không hợp lệ trong tên máy chủ web.", "the name {host} has an underscore", "Rename it: underscores are not valid in names of web hosts.", "warning"),
    "one-label": Words("tên {host} không có dấu chấm", "Viết đủ tên miền.", "the name {host} has no dot", "Write the whole domain name.", "warning"),
    "odd-script": Words("tên {shown} ({host}) có chữ không phải chữ Latinh", "Gõ lại bằng tay; có thể là tên giả mạo.", "the name {shown} ({host}) has letters that are not Latin", "Type it by hand; it may be a look-alike.", "warning"),
    "query-dropped": Words("phần sau ? hoặc # bị bỏ: {url}", "Viết địa chỉ trang chủ.", "what follows ? or # is left out: {url}", "Write the address of the home page.", "warning"),
    "host-not-permitted": Words("{host} không nằm trong giấy cho phép", "Xin thêm tên này vào giấy cho phép, hoặc bỏ hàng.", "{host} is not covered by the permission", "Have the name added to the permission, or remove the row."),
    "port-not-permitted": Words("cổng {port} không nằm trong giấy cho phép ({ports})", "Thêm cổng vào giấy cho phép, hoặc bỏ cổng.", "the port {port} is not covered by the permission ({ports})", "Add the port to the permission, or remove it."),
    "port-unusual": Words("cổng {port} khác 80 và 443: giấy cho phép phải ghi rõ", "Thêm cổng vào mục ports của giấy cho phép.", "the port {port} is neither 80 nor 443: the permission must name it", "Add it to the ports of the permission.", "warning"),

    # Settings
    "setting": Words("giá trị không dùng được: {why}", "Sửa theo tài liệu docs/settings.md.", "this value cannot be used: {why}", "Mend it after docs/settings.md."),

    # Permission
    "permission-host": Words("không phải tên máy chủ hoặc *.hậu-tố", "Viết truong.vi-du.edu.vn hoặc *.vi-du.edu.vn.", "neither a host name nor *.suffix", "Write truong.vi-du.edu.vn or *.vi-du.edu.vn."),
    "permission-wide": Words("*.{suffix} bao gồm tên miền của nhiều chủ khác nhau", "Ghi từng tên miền của đơn vị.", "*.{suffix} covers names of many different owners", "List the domains of your units.", "warning"),
    "network": Words("không phải mạng như 10.20.0.0/16", "Viết địa chỉ mạng và độ dài tiền tố.", "not a network like 10.20.0.0/16", "Write the network's address and prefix length."),
    "network-never": Words("mạng này không bao giờ được liên hệ (link-local, multicast hoặc mọi địa chỉ)", "Chỉ ghi các mạng riêng cần quét.", "this network can never be permitted (link-local, multicast or all addresses)", "List only the private networks to be scanned."),
    "network-public": Words("mạng này không phải mạng riêng; không cần ghi", "Xoá dòng này.", "this network is not private; it need not stand here", "Remove it.", "warning"),
    "family": Words("không phải nhóm kiểm tra cần cho phép riêng", "Các nhóm cần ghi: {choices}{near}.", "not a family that needs leave of its own", "Those that must be named: {choices}{near}.", "warning"),
    "hours": Words("không phải khung giờ", "Viết 07:00-17:00, có thể thêm múi giờ Asia/Ho_Chi_Minh.", "not a span of hours", "Write 07:00-17:00, perhaps with a zone such as Asia/Ho_Chi_Minh."),
    "search-agent": Words("không phải User-Agent dùng được", "Viết tối đa 200 ký tự ASCII, không dấu.", "no usable User-Agent", "Write at most 200 plain ASCII characters."),
    "control-host": Words("không phải máy:cổng", "Viết máy-đối-chứng.vi-du.vn:443.", "not host:port", "Write control.vi-du.vn:443."),
    "dates-order": Words("ngày hết hạn trước ngày bắt đầu", "Sửa một trong hai ngày.", "the last day lies before the first", "Mend one of the two dates."),
    "refused": Words("giá trị không hợp lệ: {why}", "Sửa theo tài liệu docs/inventory.md.", "invalid value: {why}", "Mend it after docs/inventory.md."),
}
# fmt: on
