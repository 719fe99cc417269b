"""The words and shapes of contact details, in lower case without accents."""

import re

SCHOOL = (
    r"(?:(?:truong|tr\.) ?(?:mam non|mau giao|mn|mg|tieu hoc|th|trung hoc|thcs|thpt|pho thong|pt|ptdt|lien cap|chuyen|c[123]|nuoi day|giao duc)"
    r"|mam non|mau giao|tieu hoc|trung hoc (?:co so|pho thong)|ptdt[nb]t|thcs|thpt|th ?(?:&|va|-) ?thcs|lop mau giao"
    r"|nhom tre|trung tam (?:gdtx|gdnn|giao duc|htpt|nuoi day|ho tro phat trien))\b"
)
"""How the name of a school begins."""

_ENGLISH_SCHOOL = (
    r"(?:[a-z]+ ){1,4}(?:kindergarten|preschool|(?:(?:primary|elementary|secondary|high|international|bilingual"
    r"|gifted) )+school)\b"
)

COMMITTEE = (
    r"(?:ubnd|u\.b\.n\.d|uy ban nhan dan|so (?:giao duc|gd ?(?:&|va|-|–)? ?dt\b|gd\b)|phong (?:giao duc|gd ?(?:&|va|-|–)? ?dt\b|gd\b"
    r"|van hoa)|bo (?:giao duc|gd)|dai hoc|department of education|people'?s committee)"
)
"""Those that stand above schools."""

_LABEL = (
    r"(?:dia chi|d/c|dc|tru so|dien thoai|dt|sdt|so dien thoai|tel|phone|hotline|fax|e-?mail|thu dien tu|website|web|chiu trach"
    r"|nguoi chiu|truong ban|co quan|don vi|ban quyen|copyright|©|mst|ma so thue|giay phep|address|designed|powered|thiet ke"
    r"|dang cap nhat|cap nhat|\.\.\.|…|http|facebook|fanpage|ban do|google)"
)
_VALUE = rf"(?!\s*{_LABEL}\b)(?!\s*(?:\.\.\.|…|http|©|$))\s*[\w(“\"]"
"""Something written behind a label that is not the next label."""

_BODY_LABELLED = (
    rf"(?:co quan|don vi|to chuc) (?:chu quan|quan ly|chu tri|so huu|van hanh)(?: \w+){{0,3}} ?[:\-–] ?(?:{SCHOOL}|truong\b)"
    rf"|(?:ban quyen|copyright|©|\(c\)|trang thong tin dien tu|cong thong tin|website|web site|trang web)[^:|]{{0,40}}?\b"
    rf"(?:{SCHOOL}|(?:thuoc ve |cua )?nha truong\b)"
    r"|(?:managing|operating) (?:body|unit|organi[sz]ation) ?[:\-–] ?\w"
)
BODY_LABELLED = re.compile(_BODY_LABELLED)
BODY_NAMED = re.compile(rf"(?<![\w-])(?:{SCHOOL} [\w“\"(]|{_ENGLISH_SCHOOL})")
"""A school's name; whose it is is told by where it stands and by what comes before it."""
BODY_TRACE = re.compile(rf"\bban quyen\b|copyright|©|\b(?=tr(?:uong|\.)){SCHOOL}")
OF_SOMEBODY = re.compile(
    r"\b(?:hoc sinh|cac em|em|doi tuyen|doi bong|giao vien|thay co|co giao|thay giao|tham|ket nghia|voi|giua|den|toi|toan|cac|cap"
    r"|bac|khoi|lop|hai|nhieu|gioi|do|cho|tai|vao|tot nghiep|tuyen sinh|thi|mon|chuong trinh"
    r"|tung|moi|nhung|mot|lua tuoi|nganh hoc|nganh|chuong trinh giao duc|tre|nganh giao duc|ky thi|vao|cuu hoc sinh|giua cac|cap hoc) $"
)
"""Words after which a school is spoken of, not named as the one who speaks."""
SOMEBODY_ELSE = re.compile(
    r"^[^.:|]{0,60}?\b(?:ban hanh|to chuc|thong bao|phoi hop|huong dan|chi dao|trien khai|yeu cau|khai mac|tuyen duong|cong bo"
    r"|kiem tra|lam viec|trao (?:qua|giai|tang|thuong)|phat dong|cho biet|len ke hoach|ve viec)\b"
)
"""What makes a sentence of a body's name: news."""

SUPERIOR_LABELLED = re.compile(
    rf"(?:(?:co quan|don vi|to chuc) (?:chu quan|quan ly cap tren|cap tren(?: truc tiep)?|quan ly truc tiep|quan ly)|chu quan) ?"
    rf"(?:{COMMITTEE}|[:\-–] ?+(?!{SCHOOL}|truong\b){_VALUE})"
    rf"|\b(?:truc thuoc|thuoc|under the|belongs? to the|superior body ?:|governing body ?:) (?:[a-z']+ ){{0,6}}?{COMMITTEE}"
)
SUPERIOR_ABOVE = re.compile(
    rf"(?<![\w-]){COMMITTEE}\b[^:|]{{0,90}}?(?<![\w-])(?:{SCHOOL}|{_ENGLISH_SCHOOL})"
)
SUPERIOR_BESIDE = re.compile(
    rf"{SCHOOL}[^:|.]{{1,60}}? ?[,\-–(|] ?(?:truc thuoc |thuoc )?{COMMITTEE}\b"
)
SUPERIOR_FIRST = re.compile(rf"\W{{0,3}}{COMMITTEE}\b")
SUPERIOR_TRACE = re.compile(rf"(?<!\w){COMMITTEE}|\bchu quan\b")
AUTHORS = re.compile(
    r"\b(?:cua|tai|theo|voi|tu|den|boi|lanh dao|dai dien|chu tich|van ban|cong van|quyet dinh|ke hoach|thong bao|do|cung) $"
)
"""Words after which a committee is spoken of."""

_PLACE = (
    r"(?:\d|duong|pho|phuong|p\.|xa|thon|khoi|to dan|to \d|kiet|quan|huyen|tp|t\.p|thanh pho|tinh|quoc lo|ql|khu|ap|lang|ban|so"
    r"|hem|ngo|dac khu|street|st\.|ward|district|city|road|da nang|dn\b|quang nam|viet nam)"
)
_NO_PLACE = r"(?:ip|e-?mail|mac|web|thu|http|www|url|mail|lien ket|tren|tin cay|do\b|may|bai|nguon|cap|chinh xac|hoc tap|quen)"
ADDRESS_LABELLED = re.compile(
    rf"(?<![\w/])(?:(?:dia chi|tru so|van phong|dia diem|address|add|dia chi lien he)(?: chinh| truong| nha truong| lien he| tru so| co so)? ?"
    rf"(?:[:\-–] ?|tai:? |: tai )(?!{_NO_PLACE}){_VALUE}|(?:dia chi|address) (?={_PLACE})(?!{_NO_PLACE}){_VALUE}"
    rf"|(?:d/c|d\.c|dc|add|co so(?: \w+)?|diem truong(?: \w+){{0,3}}|diem chinh) ?[:\-–]? ?(?!{_LABEL}\b)[^|@:]{{0,50}}?"
    rf"(?<!\w){_PLACE})"
)
ADDRESS_WRITTEN = re.compile(
    r"(?<![\w/])(?:(?:so |so nha |k|kiet |hem |ngo )?\d{1,4}[a-z]?(?:[/-]\d{1,4}[a-z]?){0,3}(?:,? (?:duong|pho|dai lo))?"
    r"|(?:thon|to dan pho|to|khoi pho|khoi|khu pho|khu|ap|ban|lang|duong|quoc lo|ql)(?: so)?)"
    r" [\w.]+(?: [\w./]+){0,6} ?[,\-–] ?(?:duong [\w ]{2,40}, ?)?"
    r"(?:(?:phuong|p\.|xa|dac khu|thi tran|tt\.|quan|q\.|huyen) ?(?!phap|tien|an\b|cham|huong|hoi\b)\w"
    r"|(?:[a-z]+ ){1,3}(?:ward|district|commune)\b)"
)
ADDRESS_TRACE = re.compile(
    rf"\b(?:dia chi|tru so)(?! {_NO_PLACE}) ?[:\-–]? ?\w|\b(?:duong|so nha|thon|to dan pho|kiet|quoc lo)\b[^|]{{1,80}}?"
    r"\b(?:phuong|xa|dac khu|thi tran)\b"
)
IN_NEWS = re.compile(
    r"\b(?:tai|o|tren|den|ve|toi|tu|theo|qua|nha) (?:so |so nha |dia chi |duong )?$"
)
"""Words after which a place is where something happens."""

_AT = r"(?: ?@ ?| ?[\[({<] ?(?:at|a|a cong|@) ?[\])}>] ?| at | a cong )"
_DOT = r"(?:\.| ?[\[({<] ?(?:dot|cham|\.) ?[\])}>] ?| dot | cham )"
EMAIL = re.compile(
    rf"(?<![@\w•.%+-])[\w•.%+-]{{1,64}}+{_AT}[a-z0-9-]{{1,63}}(?:{_DOT}[a-z0-9-]{{1,63}}){{0,5}}?{_DOT}(?:vn|com|net|org|edu|info|gov|asia)\b"
    r"|\[email protected\]"
)
SENT_IN = re.compile(r"\b(?:bai (?:du thi|viet)|bai|ho so du thi|tac pham)\b[^|]{0,60}$")

PHONE = re.compile(
    r"(?<![\w•])(?<![\d•][./,-])(?!\d{1,2}[./-]\d{1,2}[./-](?:19|20)\d\d)"
    r"(?:\(?(?:\+ ?84|0084)\)?(?:[ .()\-]{0,3}[\d•]){8,10}|\(?0(?:[ .()\-]{0,3}\d){9,10}|84[ .\-]?\d(?:[ .\-]{0,2}\d){8}"
    r"|1[89]00[ .\-]?\d{2,4}(?:[ .\-]?\d{2})?)(?![\d•@])"
)
# A masked number: 10 or 11 digits (a +84 one 11 or 12), but not the 12 or 9 in a row of a citizen id.
MASKED_PHONE = re.compile(
    r"(?<![\w•@])(?<!•[./,-])(?!•{12}(?!•))[(+]{0,2}(•(?:[ .()\-]{0,3}•){9,11}+)(?![\w•@])"
)
LABELLED_PHONE = re.compile(
    r"(?<![\w/])(?:dien thoai|dt|sdt|so dt|tel|phone|hotline|call)(?: \w+){0,3} ?[:.] ?[(+]{0,2}[\d•](?:[ .()\-/]{0,3}[\d•]){6,11}(?![\d•])"
)
NO_PHONE_BEFORE = re.compile(
    r"(?:mst|ma so thue|ma so doanh nghiep|ma so|tai khoan(?: \w+){0,3}|stk|fax|truy cap|luot xem|luot|cccd|cmnd|giay phep(?: so)?)[\s:.\-]{0,5}$"
)
NOT_OWN_PHONE = re.compile(
    r"\b(?:cong an|benh vien|toa an|tong dai quoc gia|bao ve tre em|bao hiem|cuu hoa|phong chay|ngan hang)\b[^.|]{0,60}$"
)

_TITLE = r"(?:ong|ba|thay|co|hieu truong|pho hieu truong|ts|ths|th\.s|dong chi|d/c|mr|ms|mrs|nha giao|cu nhan|principal)\b"
_BODIES = rf"(?:ban giam hieu|bgh|nha truong|ban bien tap|ban quan tri|to chuyen mon|phong|bo phan|hoi dong|{SCHOOL}|{COMMITTEE})\b"
_DUTY = (
    r"(?:(?<!nha truong )(?<!hieu truong )(?<!phai )(?<!tu )chiu (?:trach nhiem|tn)(?: \w+){0,3}? (?:noi dung|xuat ban|thong tin|website|trang|cong)(?: \w+){0,4}?"
    r"|(?<!nha truong )(?<!phai )(?<!tu )chiu trach nhiem(?: chinh)?|(?:phu trach|quan tri|quan ly)(?: \w+){0,2}? (?:noi dung|website|trang thong tin|trang web|bien tap)(?: \w+){0,3}?"
    r"|truong ban bien tap|tong bien tap|truong ban quan tri|truong ban bbt|truong bbt"
    r"|(?:person )?(?:responsible|in charge)(?: (?:for|of)(?: the)? (?:content|website|publication))|editor[ -]in[ -]chief|content manager)"
)
RESPONSIBLE = re.compile(
    rf"\bnguoi (?:chiu trach nhiem|phu trach) (?:quan ly )?noi dung ?(?!{_BODIES}){_VALUE}"
    rf"|\b{_DUTY}(?: ?\([^)]{{1,60}}\))? ?(?:(?:[:\-–]|la|is)++ ?+(?!{_BODIES}){_VALUE}|,? ?(?={_TITLE}))"
)
RESPONSIBLE_TRACE = re.compile(
    r"\b(?:chiu trach nhiem(?: \S+){0,3}? (?:noi dung|xuat ban|thong tin|website|trang|cong)"
    r"|chiu trach nhiem ?:|phu trach (?:noi dung|website)|ban bien tap|tong bien tap|truong ban quan tri)"
)

VENDOR = re.compile(
    r"(?<!\w)(?:(?:don vi |duoc )?(?:thiet ke|phat trien|xay dung|van hanh|cung cap|lap trinh|thi cong|trien khai)"
    r"(?: (?:va|&) (?:thiet ke|phat trien|xay dung|van hanh|cung cap|lap trinh|duy tri|ho tro))?"
    r"(?: (?:website|web|phan mem|giao dien|he thong|trang web|ky thuat))?(?: \S+){0,2}? ?(?:boi|by|:|-)"
    r"|thiet ke (?:website|web)\b|(?:don vi )?ho tro ky thuat|tong dai ho tro|ho tro phan mem|(?:web )?(?:designed|design|developed|powered|built|theme|copyright(?: ©)?(?: \d{4})?) by|powered:|san pham cua (?:cong ty|tap doan)"
    r"|giai phap (?:website|cua)|don vi (?:thiet ke|thi cong|phat trien|xay dung website|cung cap))"
)
"""Where the one who made the website speaks of himself."""
OWN_AGAIN = re.compile(
    rf"(?<![\w-])(?:{SCHOOL}|(?:co quan|don vi) (?:chu quan|quan ly)|chiu trach nhiem|ban quyen|©|thong tin lien he|lien he nha truong"
    r"|van phong nha truong|truong ban bien tap|ubnd|uy ban nhan dan|so giao duc)"
)
"""Where the school speaks again."""
COMPANY = re.compile(
    r"\b(?:cong ty|cty|tnhh|jsc|co phan|corp|tap doan|vnpt|viettel|fpt|misa|trung tam|software|media|solution|group|ltd)\b|\.(?:com|net)\b"
)
